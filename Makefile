# The commands of the project; README.md says what each is for.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
APPS := hossagent accounts billing agents portal marketing
# What the checks read instead of a developer's .env
export HOSSAGENT_ENV_FILE ?=
CHECK_ENV := SESSION_SECRET=only-for-checks

.PHONY: run test check bench clean migrations lint templates imports types migrations-check deploy-check deps

$(VENV)/.run: requirements.txt constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.run $@

check: lint templates imports types migrations-check deploy-check deps

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

templates: $(VENV)/.dev
	git ls-files -z 'templates/*.html' 'templates/*.txt' | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint --quiet --lint templates

imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/mypy $(APPS) tests benchmarks

migrations-check: $(VENV)/.dev
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run --settings=tests.settings

deploy-check: $(VENV)/.dev
	RELEASE_MODE=TRUE SESSION_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  BASE_URL=https://hossagent.example $(BIN)/python manage.py check --deploy --fail-level WARNING

deps: $(VENV)/.dev
	$(BIN)/pip check
