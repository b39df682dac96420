# One image for web, workers and beat; docker-compose.yml says which is which.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt constraints.txt /build/
RUN /opt/venv/bin/pip install -r /build/requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --create-home hossagent
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY --chown=root:root . .
# The static files are part of the image; the key signs nothing here.
RUN RELEASE_MODE=TRUE SESSION_SECRET=only-for-the-build HOSSAGENT_ENV_FILE= \
      python manage.py collectstatic --no-input \
 && mkdir -p var && chown hossagent var
USER hossagent
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "python:hossagent.gunicorn_conf", "-b", "0.0.0.0:8000", "hossagent.wsgi"]
