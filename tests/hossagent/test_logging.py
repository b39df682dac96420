"""Log lines: extras are shown, secrets in addresses are not, and JSON is one line."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

from hossagent.config import load
from hossagent.lib.log_fields import log_fields
from hossagent.logging import (
    HideTokens,
    JsonLineFormatter,
    LineFormatter,
    NoTraceOfClientErrors,
    hide_tokens,
    is_json,
    logging_config,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from tests.helpers.clients import SiteClient

TOKEN = "LDH-cfsVXnJfekrTbRclBEp3X6yvdF5o6262GOVj-5k"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Not Found: /portal/{TOKEN}", "Not Found: /portal/..."),
        (
            f'"GET /portal/{TOKEN}/leads?page=2 HTTP/1.1" 200',
            '"GET /portal/.../leads?page=2 HTTP/1.1" 200',
        ),
        ("/login/link/?token=abc&next=/portal/", "/login/link/?token=...&next=/portal/"),
        ("/post-checkout?session_id=cs_test_1 HTTP", "/post-checkout?session_id=... HTTP"),
        ("/admin/agents/lead/17/change/", "/admin/agents/lead/17/change/"),
    ],
)
def test_tokens_in_addresses_become_dots(text: str, expected: str) -> None:
    assert hide_tokens(text) == expected


def record(name: str, message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger().makeRecord(
        name, logging.INFO, "file", 1, message, args, None, extra=dict(extra)
    )
    made.created = datetime(2026, 3, 4, 17, 0, 0, 250_000, tzinfo=UTC).timestamp()
    made.process = 7
    return made


def failed(name: str, words: str, *, level: int = logging.ERROR) -> logging.LogRecord:
    """A record with a traceback."""
    made = record(name, "it failed")
    made.levelno, made.levelname = level, logging.getLevelName(level)
    try:
        _raise(ValueError(words))
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def _raise(error: Exception) -> None:
    raise error


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    """What the one line says."""
    line = JsonLineFormatter().format(made)
    assert len(line.splitlines()) == 1
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_only_request_logs_are_rewritten() -> None:
    written = []
    for name in ("django.request", "gunicorn.access", "accounts.outbox"):
        line = record(name, "%s", f"/login/{TOKEN}/")
        HideTokens().filter(line)
        written.append(line.getMessage())

    assert written == ["/login/.../", "/login/.../", f"/login/{TOKEN}/"]


def test_extras_stand_behind_the_message_and_objects_do_not() -> None:
    line = LineFormatter().format(record("agents", "pass failed", customer=5, request=object()))

    assert line.split(" ", 2)[2] == "INFO    agents pass failed customer=5"


def test_a_line_of_json_has_every_field() -> None:
    with log_fields(request="r1", customer=5):
        line = as_json(record("agents", "[CYCLE] %s", "done", customer=6, rows=3, request=object()))

    assert line == {
        "time": "2026-03-04T17:00:00.250Z",
        "level": "INFO",
        "logger": "agents",
        "message": "[CYCLE] done",
        "role": "",
        "pid": 7,
        "request": "r1",
        "customer": 6,
        "rows": 3,
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x85", "\u2028", "\x0b"])
def test_no_value_makes_a_second_line(end: str) -> None:
    line = as_json(record("agents", "a%sb", end, note=f"c{end}d"))

    assert (line["message"], line["note"]) == (f"a{end}b", f"c{end}d")


def test_an_extra_cannot_pass_for_the_record_itself() -> None:
    line = as_json(record("agents", "x", level="FINE", time="never", role="king"))

    assert (line["level"], line["time"], line["role"]) == ("INFO", "2026-03-04T17:00:00.250Z", "")


def test_a_traceback_is_a_field_of_its_line() -> None:
    line = as_json(failed("agents", "two\nlines"))

    assert line["message"] == "it failed"
    assert line["traceback"].startswith("Traceback (most recent call last):\n")
    assert line["traceback"].endswith("ValueError: two\nlines")
    assert set(line) == {"time", "level", "logger", "message", "role", "pid", "traceback"}


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonLineFormatter()])
def test_tracebacks_and_extras_lose_tokens_but_name_files(formatter: logging.Formatter) -> None:
    made = failed("agents", f"no /portal/{TOKEN} and ?code=12")
    made.path = f"/login/{TOKEN}/"

    line = formatter.format(made)

    assert TOKEN not in line
    assert "code=12" not in line
    assert ("/login/.../" in line, "test_logging.py" in line) == (True, True)


@pytest.mark.parametrize(
    ("name", "status", "level", "has_trace"),
    [
        ("django.security.DisallowedHost", 400, "WARNING", False),
        ("django.request", 403, "WARNING", False),
        ("django.request", 500, "ERROR", True),
        ("agents.views", 400, "ERROR", True),
    ],
)
def test_only_our_own_errors_have_a_traceback(
    name: str, status: int, level: str, *, has_trace: bool
) -> None:
    made = failed(name, "x")
    made.status_code = status

    NoTraceOfClientErrors().filter(made)

    assert (made.levelname, bool(made.exc_info)) == (level, has_trace)


@pytest.mark.parametrize(
    ("mode", "given", "expected"),
    [
        ("TRUE", "", True),
        ("FALSE", "", False),
        ("TRUE", "TEXT", False),
        ("FALSE", "JSON", True),
    ],
)
def test_json_is_by_mode_unless_said_otherwise(mode: str, given: str, *, expected: bool) -> None:
    config = load({"SESSION_SECRET": "x", "RELEASE_MODE": mode, "LOG_FORMAT": given})

    assert is_json(config) is expected


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the product's own configuration writes, line by line."""
    written = io.StringIO()
    wanted = logging_config(load({"SESSION_SECRET": "x", "LOG_FORMAT": "JSON"}))
    wanted["handlers"]["console"]["stream"] = written
    root = logging.getLogger()
    handlers = list(root.handlers)
    logging.config.dictConfig(wanted)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.config.dictConfig(django_settings.LOGGING)
    root.handlers[:] = handlers


def test_a_404_is_said_by_its_access_line_alone() -> None:
    made = record("django.request", "Not Found: /x", status_code=404)

    assert NoTraceOfClientErrors(has_access_lines=False).filter(made)
    assert not NoTraceOfClientErrors(has_access_lines=True).filter(made)


@pytest.mark.django_db
def test_a_wrong_host_is_one_line_without_traceback(client: SiteClient, lines: Any) -> None:
    answer = client.get("/", HTTP_HOST="elsewhere.test")

    assert answer.status_code == 400
    assert [
        (line["level"], line["logger"], line["request"], "traceback" in line) for line in lines()
    ] == [("WARNING", "django.security.DisallowedHost", answer["X-Request-ID"], False)]


@pytest.mark.django_db
def test_a_wrong_host_is_400_before_there_is_a_session(
    client: SiteClient, settings: Settings
) -> None:
    """In release mode the redirect to https asks for the host first of all."""
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/", HTTP_HOST="elsewhere.test").status_code == 400


def test_celery_says_nothing_about_ticks_that_went_well(lines: Any) -> None:
    for name in ("celery.worker.strategy", "celery.worker.request", "celery.beat"):
        logging.getLogger(name).info("a tick")
    logging.getLogger("celery.app.trace").error("a failure", extra={"data": {"args": "all"}})

    assert [(line["message"], "data" in line) for line in lines()] == [("a failure", False)]
