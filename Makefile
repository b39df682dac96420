# The commands of the project. `make` lists them: a target's line ends with what it is for.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
BIND ?= 127.0.0.1:8000
APPS := hossagent accounts billing agents portal marketing
# What the checks read instead of a developer's .env
CHECK_ENV := HOSSAGENT_ENV_FILE= SESSION_SECRET=only-for-checks
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: help run test slow e2e check bench clean migrations docs lint templates imports types \
  migrations-check deploy-check docs-check deps

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start HossAgent here with demo data; BIND=127.0.0.1:8001 takes another port
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

test: $(VENV)/.dev ## The tests, on SQLite and on Postgres where it answers
	$(BIN)/python scripts/test.py

slow: $(VENV)/.dev ## Tests that take minutes
	$(BIN)/python scripts/test.py --marker slow

e2e: $(VENV)/.dev ## Tests that drive a browser
	$(BIN)/python scripts/test.py --marker e2e --only sqlite

check: lint templates imports types migrations-check deploy-check docs-check deps ## Everything that must hold besides the tests

lint: $(VENV)/.dev ## ... Python: style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

templates: $(VENV)/.dev ## ... templates: style and format
	git ls-files -z 'templates/*.html' 'templates/*.txt' | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint --quiet --lint templates

imports: $(VENV)/.dev ## ... which module may import which
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## ... types
	$(CHECK_ENV) $(BIN)/mypy $(APPS) tests benchmarks scripts

migrations-check: $(VENV)/.dev ## ... the models have their migrations
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(VENV)/.dev ## ... Django's checks of release mode
	HOSSAGENT_ENV_FILE= RELEASE_MODE=TRUE BASE_URL=https://hossagent.example \
	  SESSION_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

docs-check: $(VENV)/.dev ## ... what is made from code is up to date
	$(CHECK_ENV) $(BIN)/python manage.py draw_states --check
	$(CHECK_ENV) $(BIN)/python manage.py draw_settings --check

deps: $(VENV)/.dev ## ... the installed packages fit each other
	$(BIN)/pip check

docs: $(VENV)/.dev ## Make what is made from code: the page of states, of settings, .env.example
	$(CHECK_ENV) $(BIN)/python manage.py draw_states
	$(CHECK_ENV) $(BIN)/python manage.py draw_settings

migrations: $(VENV)/.dev ## Make the migrations of changed models
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations

bench: $(VENV)/.dev ## Measurements as ratios, on Postgres
	$(BIN)/python -m benchmarks

clean: ## Remove the environment, all data and all caches
	rm -rf $(VENV) var staticfiles htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
