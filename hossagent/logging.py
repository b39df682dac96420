"""How log lines look, and what never gets into them.

One line per record: time, level, logger, message, then whatever `extra` carried as
`name=value`. Request logs lose the secrets that addresses carry.
"""

from __future__ import annotations

import logging
import re
from typing import Any

# What every record has; anything beyond came in by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Objects that Django puts into its records, of no use in a line.
_OBJECTS = frozenset({"request", "server_time", "params", "sql", "duration", "alias"})

# Loggers whose messages hold addresses of pages.
REQUEST_LOGGERS = ("django.request", "django.server", "django.security", "gunicorn.access")
# A path segment that only a machine would write: view tokens, sign-in and opt-out links.
_TOKEN = re.compile(r"(?<=/)[\w:=.-]{20,}(?=[/?\s\"']|$)")
_VALUE = re.compile(r"(?i)\b((?:token|code|key|session_id|signature|state)=)[^&\s\"']+")


class HideTokens(logging.Filter):
    """Replace the tokens of links by dots in what the request loggers write."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(REQUEST_LOGGERS):
            record.msg = hide_tokens(record.getMessage())
            record.args = None
        return True


def hide_tokens(text: str) -> str:
    """`/portal/3vW…` → `/portal/...`, `?code=12` → `?code=...`."""
    return _VALUE.sub(r"\1...", _TOKEN.sub("...", text))


class LineFormatter(logging.Formatter):
    """Time, level, logger, message and the extras."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's name
        extras = " ".join(
            f"{name}={value}"
            for name, value in vars(record).items()
            if name not in _USUAL and name not in _OBJECTS
        )
        line = super().formatMessage(record)
        return f"{line} {extras}" if extras else line


def logging_config(level: str) -> dict[str, Any]:
    """The dictionary for `logging.config.dictConfig`, for Django, Celery and gunicorn."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "hossagent.logging.LineFormatter"}},
        "filters": {"hide_tokens": {"()": "hossagent.logging.HideTokens"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["hide_tokens"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # axes reports every sign-in at INFO; its warnings are what matters.
            "axes": {"level": "WARNING"},
            # Django gives these handlers of its own; ours hide tokens.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }
