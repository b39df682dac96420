"""Log lines: extras are shown, secrets in addresses are not, and JSON is one line."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

from hossagent.config import load
from hossagent.lib.log_fields import get_role, log_fields, set_role
from hossagent.logging import (
    REQUEST_LOGGERS,
    HideTokens,
    JsonLineFormatter,
    LineFormatter,
    NoTraceOfClientErrors,
    is_json,
    logging_config,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from tests.helpers.clients import SiteClient

TOKEN = "LDH-cfsVXnJfekrTbRclBEp3X6yvdF5o6262GOVj-5k"
# The fields of every line.
ALWAYS = {"time", "level", "logger", "message", "role", "pid"}


@pytest.fixture
def beat() -> Iterator[None]:
    """This process says of itself that it is beat."""
    before = get_role()
    set_role("beat")
    yield
    set_role(before)


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


def as_text(made: logging.LogRecord) -> str:
    """The line from its message on."""
    return LineFormatter().format(made).split(" agents ", 1)[1]


def test_only_request_logs_are_rewritten() -> None:
    written = []
    for name in (*REQUEST_LOGGERS, "accounts.outbox"):
        line = record(name, "%s", f"/login/{TOKEN}/")
        HideTokens().filter(line)
        written.append(line.getMessage())

    assert "hossagent.access" in REQUEST_LOGGERS
    assert written == ["/login/.../"] * len(REQUEST_LOGGERS) + [f"/login/{TOKEN}/"]


def test_extras_stand_behind_the_message_and_objects_do_not() -> None:
    line = LineFormatter().format(record("agents", "pass failed", customer=5, request=object()))

    assert line.split(" ", 2)[2] == "INFO    agents pass failed customer=5"


@pytest.mark.usefixtures("beat")
def test_a_line_of_json_has_every_field() -> None:
    with log_fields(request="r1", customer=5):
        line = as_json(record("agents", "[CYCLE] %s", "done", customer=6, rows=3, request=object()))

    assert line == {
        "time": "2026-03-04T17:00:00.250Z",
        "level": "INFO",
        "logger": "agents",
        "message": "[CYCLE] done",
        "role": "beat",
        "pid": 7,
        "request": "r1",
        "customer": 6,
        "rows": 3,
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x85", "\u2028", "\x0b"])
def test_no_value_makes_a_second_line(end: str) -> None:
    line = as_json(record("agents", "a%sb", end, note=f"c{end}d"))

    assert (line["message"], line["note"]) == (f"a{end}b", f"c{end}d")


@pytest.mark.usefixtures("beat")
def test_an_extra_cannot_pass_for_the_record_itself() -> None:
    line = as_json(record("agents", "x", level="FINE", time="never", role="king"))

    assert (line["level"], line["time"]) == ("INFO", "2026-03-04T17:00:00.250Z")
    assert line["role"] == "beat"


def test_an_extra_cannot_pass_for_a_traceback() -> None:
    line = as_json(record("agents", "x", traceback="mine", stack="mine too"))

    assert {name: line[name] for name in line if name not in ALWAYS} == {
        "extra_traceback": "mine",
        "extra_stack": "mine too",
    }


def test_a_message_that_is_a_dictionary_is_text() -> None:
    line = as_json(record("agents", {"exc_info": "mine", "level": "FINE"}))  # type: ignore[arg-type] # wrong use

    assert (line["message"], set(line)) == ("{'exc_info': 'mine', 'level': 'FINE'}", ALWAYS)


CIRCLE: dict[str, Any] = {}
CIRCLE["again"] = CIRCLE


def test_a_line_is_written_whatever_its_extras_are() -> None:
    made = record("agents", "x", nan=float("nan"), circle=CIRCLE, odd={(1, 2): "\ud800"})

    line = as_json(made)

    assert {name: line[name] for name in line if name not in ALWAYS} == {
        "nan": "nan",
        "circle": {"again": "(...)"},
        "odd": {"(1, 2)": "\ud800"},
    }
    assert as_text(made).encode() == (
        rb"x nan=nan circle={'again': '(...)'} odd={'(1, 2)': '\ud800'}"
    )


@pytest.mark.parametrize("logger", ["agents", "django.request"])
def test_a_message_that_does_not_fit_its_values_is_kept(logger: str) -> None:
    made = record(logger, "%d of %d", "x", 2)
    HideTokens().filter(made)

    assert as_json(made)["message"] == "'%d of %d' ['x', 2]"


def test_a_terminal_is_not_driven_by_a_line() -> None:
    made = record("agents", "a\x1b[31mb\rc\r\nd\te\ud800", note="\x9b2J\x00")

    assert as_text(made) == r"a\x1b[31mb\rc" + "\r\nd\te" + r"\ud800 note=\x9b2J\x00"


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonLineFormatter()])
def test_a_stack_loses_tokens(formatter: logging.Formatter) -> None:
    made = record("agents", "x")
    made.stack_info = f"Stack (most recent call last):\n    get('/o/{TOKEN}')"

    line = formatter.format(made)

    assert ("/o/..." in line, TOKEN in line) == (True, False)


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonLineFormatter()])
def test_a_late_line_has_the_id_of_its_request(formatter: logging.Formatter) -> None:
    """Django writes of an answer when the middleware is through."""
    made = record("django.request", "x", request=SimpleNamespace(log_id="r9"))

    assert formatter.format(made).count("r9") == 1


def test_a_late_line_inside_a_request_says_the_nearer_id() -> None:
    made = record("django.request", "x", request=SimpleNamespace(log_id="r9"))

    with log_fields(request="r1"):
        assert as_json(made)["request"] == "r1"


def test_a_traceback_is_a_field_of_its_line() -> None:
    line = as_json(failed("agents", "two\nlines"))

    assert line["message"] == "it failed"
    assert line["traceback"].startswith("Traceback (most recent call last):\n")
    assert line["traceback"].endswith("ValueError: two\nlines")
    assert set(line) == ALWAYS | {"traceback"}


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


def test_the_product_hides_tokens_of_request_logs(lines: Any) -> None:
    for name in REQUEST_LOGGERS:
        logging.getLogger(name).warning("no /portal/%s", TOKEN)

    assert [(line["logger"], line["message"]) for line in lines()] == [
        (name, "no /portal/...") for name in REQUEST_LOGGERS
    ]


def test_sign_ins_are_told_by_axes_warnings_alone(lines: Any) -> None:
    logging.getLogger("axes.attempts").info("a sign-in")
    logging.getLogger("axes.attempts").warning("locked out")

    assert [line["message"] for line in lines()] == ["locked out"]
