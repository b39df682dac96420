"""The settings under test: the product's own, on a database that is made for the run."""

from __future__ import annotations

import os

from hossagent.config import BASE_DIR
from hossagent.settings import *  # noqa: F403 # a settings module is meant to be extended
from hossagent.settings import STORAGES
from hossagent.storage import database

# Set by `make test` for its Postgres half; SQLite without it.
TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
DATABASES = {"default": database(TEST_DATABASE_URL or "sqlite:///:memory:")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# Runs with different names can go on beside each other.
TEST_DATABASE_NAME = os.environ.get("TEST_DATABASE_NAME", "test_hossagent")
DATABASES["default"]["TEST"] = {
    "NAME": TEST_DATABASE_NAME
    if TEST_DATABASE_URL
    # A file, so that threads and child processes see the same database.
    else str(BASE_DIR / "var" / f"{TEST_DATABASE_NAME}.sqlite3")
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
