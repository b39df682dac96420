"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")
# Postgres shows it to whoever asks who holds a lock.
os.environ["PGAPPNAME"] = "hossagent web"

application = get_wsgi_application()
