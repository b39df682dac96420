# The commands of the project; README.md says what each is for.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
BIND ?= 127.0.0.1:8000
APPS := hossagent accounts billing agents portal marketing
# What the checks read instead of a developer's .env
CHECK_ENV := HOSSAGENT_ENV_FILE= SESSION_SECRET=only-for-checks
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: run test slow e2e check bench clean migrations docs lint templates imports types \
  migrations-check deploy-check docs-check deps

run: $(VENV)/.run
	@exec $(BIN)/python manage.py up --bind $(BIND)

$(VENV)/bin/python:
	@if ! command -v $(PYTHON) >/dev/null; then \
	  echo "HossAgent needs Python 3.11. Install it, or name yours: make run PYTHON=python3"; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "HossAgent needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing what HossAgent runs on; this takes a moment."
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing what HossAgent is checked with; this takes a moment."
	$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.run $@

# SQLite always; Postgres too where it answers, and with CI=true it must.
test: $(VENV)/.dev
	$(BIN)/python scripts/test.py

slow: $(VENV)/.dev
	$(BIN)/python scripts/test.py --marker slow

e2e: $(VENV)/.dev
	$(BIN)/python scripts/test.py --marker e2e --only sqlite

check: lint templates imports types migrations-check deploy-check docs-check deps

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

templates: $(VENV)/.dev
	git ls-files -z 'templates/*.html' 'templates/*.txt' | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint --quiet --lint templates

imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/mypy $(APPS) tests benchmarks scripts

migrations-check: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(VENV)/.dev
	HOSSAGENT_ENV_FILE= RELEASE_MODE=TRUE BASE_URL=https://hossagent.example \
	  SESSION_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

docs-check: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/python manage.py draw_states --check
	$(CHECK_ENV) $(BIN)/python manage.py draw_settings --check

deps: $(VENV)/.dev
	$(BIN)/pip check

# Files that are made from code: the states, the settings, .env.example
docs: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/python manage.py draw_states
	$(CHECK_ENV) $(BIN)/python manage.py draw_settings

migrations: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) var staticfiles htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
