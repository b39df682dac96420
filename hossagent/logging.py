"""How log lines look, and what never gets into them.

A record is one line: text for a person at a terminal, JSON in release mode. Both say time,
level, logger and message, then what `extra` carried and where the line comes from
(`hossagent.lib.log_fields`). Addresses lose the secrets that they carry.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter

from hossagent.config import LogFormat
from hossagent.lib.log_fields import current_fields, get_role
from hossagent.lib.log_secrets import hide_in_trace, hide_tokens, plain_fields

if TYPE_CHECKING:
    from types import TracebackType

    from hossagent.config import Config

    ExcInfo = (
        tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    )

# What every record has; anything beyond came in by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# What Django and Celery put into their records, of no use in a line.
_OBJECTS = frozenset(
    {"request", "server_time", "params", "sql", "duration", "alias", "data", "color_message"}
)
# Fields of a line that only a real traceback fills.
_TRACES = frozenset({"traceback", "stack"})
# What drives a terminal, or cannot be written as UTF-8; line breaks stay.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")

# Loggers whose messages hold addresses of pages.
REQUEST_LOGGERS = (
    "django.request",
    "django.server",
    "django.security",
    "gunicorn.access",
    "hossagent.access",
)

_SAID_BY_ACCESS_LINE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)

# Two lines a tick at INFO, with all data of the task; what goes wrong comes at WARNING.
_TALKATIVE = (
    "celery.worker.strategy",
    "celery.worker.request",
    "celery.app.trace",
    "celery.beat",
)


class HideTokens(logging.Filter):
    """Replace the tokens of links by dots in what the request loggers write."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(REQUEST_LOGGERS):
            _settle(record)
            record.msg = hide_tokens(record.getMessage())
            record.args = None
        return True


class NoTraceOfClientErrors(logging.Filter):
    """A 4xx is the client's doing: one line without a traceback, WARNING at most.

    Django writes a wrong Host at ERROR with a traceback, and anybody can send one. Of a 404
    and a 405 the access line says all there is, where there are such lines.
    """

    def __init__(self, *, has_access_lines: bool = False) -> None:
        super().__init__()
        self.has_access_lines = has_access_lines

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", 0)
        is_clients = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if not is_clients or not record.name.startswith(("django.request", "django.security")):
            return True
        record.exc_info = record.exc_text = None
        record.levelno = min(record.levelno, logging.WARNING)
        record.levelname = logging.getLevelName(record.levelno)
        return not self.has_access_lines or status not in _SAID_BY_ACCESS_LINE


def _settle(record: logging.LogRecord) -> None:
    """Let the message be text: of a wrong format, what it was to be made of.

    A dictionary as the message would be taken for fields of the line.
    """
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 # a line with a mistake is better than none
        message = f"{record.msg!r} {plain_fields({'args': record.args})['args']!r}"
    else:
        if isinstance(record.msg, str):
            return
    record.msg, record.args = message, None


def _fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Where the line comes from, then its extras; those are nearer, so they win."""
    extras = plain_fields(
        {
            f"extra_{name}" if name in _TRACES else name: value
            for name, value in vars(record).items()
            if name not in _USUAL and name not in _OBJECTS
        }
    )
    # Django writes of a response when the request's own block is over.
    late = getattr(getattr(record, "request", None), "log_id", "")
    return {**({"request": late} if late else {}), **current_fields(), **extras}


class LineFormatter(logging.Formatter):
    """Time, level, logger, message and the fields, as `name=value`."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        _settle(record)
        return _UNPRINTABLE.sub(_escaped, super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's name
        fields = " ".join(f"{name}={value}" for name, value in _fields_of(record).items())
        line = super().formatMessage(record)
        return f"{line} {fields}" if fields else line

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 # logging's name
        return hide_in_trace(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 # logging's name
        return hide_in_trace(super().formatStack(stack_info))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class JsonLineFormatter(JsonFormatter):
    """The same as one JSON object; a traceback is its field `traceback`.

    Characters beyond ASCII are escaped, so that nothing in a value ends the line.
    """

    def format(self, record: logging.LogRecord) -> str:
        _settle(record)
        return super().format(record)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        always = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "role": get_role(),
            "pid": record.process,
        }
        # Named twice: first in the line, and not to be replaced by an extra of that name.
        log_data.update({**always, **_fields_of(record), **always})
        if "exc_info" in message_dict:
            log_data["traceback"] = hide_in_trace(str(message_dict["exc_info"]))
        if "stack_info" in message_dict:
            log_data["stack"] = hide_in_trace(str(message_dict["stack_info"]))


def is_json(config: Config) -> bool:
    """JSON where LOG_FORMAT says so, or where it says nothing in release mode."""
    if config.LOG_FORMAT is LogFormat.BY_MODE:
        return config.RELEASE_MODE
    return config.LOG_FORMAT is LogFormat.JSON


def logging_config(config: Config) -> dict[str, Any]:
    """The dictionary for `logging.config.dictConfig`, for Django, Celery and gunicorn."""
    formatter = JsonLineFormatter if is_json(config) else LineFormatter
    own_lines = {"handlers": [], "level": "INFO", "propagate": True}
    talks = config.LOG_LEVEL == "DEBUG"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "filters": {
            "client_errors": {
                "()": NoTraceOfClientErrors,
                "has_access_lines": config.RELEASE_MODE,
            },
            "hide_tokens": {"()": HideTokens},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["client_errors", "hide_tokens"],
            }
        },
        "root": {"handlers": ["console"], "level": config.LOG_LEVEL},
        "loggers": {
            # axes reports every sign-in at INFO; its warnings are what matters.
            "axes": {"level": "WARNING"},
            # A line for each request that leaves; what went wrong is logged where it matters.
            "httpx": {"level": "WARNING"},
            # Django gives these handlers of its own; ours hide tokens.
            "django": own_lines,
            "django.server": own_lines,
            "gunicorn.error": own_lines,
            # A request's line is ours: hossagent.request_log.
            "gunicorn.access": {**own_lines, "level": "WARNING"},
            **{name: {"level": "DEBUG" if talks else "WARNING"} for name in _TALKATIVE},
        },
    }
