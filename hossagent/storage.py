"""Where rows and cached values are kept, as Django's settings say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dj_database_url
from django.core.management.base import CommandError
from django.db import DatabaseError

from hossagent.config import VAR_DIR

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from hossagent.config import Config

SQLITE_OPTIONS = {
    # IMMEDIATE: the lock is taken when a transaction begins, so none fails half way.
    # FULL: a "sending" mark lost to a power cut would be a duplicate mail.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": ("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"),
}


def database(url: str) -> dict[str, Any]:
    """Django's settings for one database URL, with what each engine needs."""
    found: dict[str, Any] = dict(dj_database_url.parse(url))
    if found["ENGINE"].endswith("sqlite3"):
        found["OPTIONS"] = SQLITE_OPTIONS
    else:
        found["CONN_MAX_AGE"] = 300
        found["CONN_HEALTH_CHECKS"] = True
    return found


def default_database(config: Config) -> dict[str, Any]:
    """The configured database, or a SQLite file in a folder that is made for it."""
    if config.DATABASE_URL:
        return database(config.DATABASE_URL)
    VAR_DIR.mkdir(exist_ok=True)
    return database(f"sqlite:///{VAR_DIR}/hossagent.sqlite3")


def default_cache(config: Config) -> dict[str, Any]:
    """Redis where there is one, else files. Never memory: the processes of one machine share
    the cache, and a rate limit for each process would be none."""
    if config.REDIS_URL:
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": config.REDIS_URL,
        }
    return {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
    }


def require_database(connection: BaseDatabaseWrapper) -> None:
    """Raise `CommandError` with a sentence when the database cannot be reached."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        says, *_ = str(error).splitlines()
        raise CommandError(
            f"The database cannot be reached: {says}. Check DATABASE_URL, and that it runs."
        ) from error
