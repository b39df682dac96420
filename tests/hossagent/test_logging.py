"""Log lines: extras are shown, secrets in addresses are not."""

from __future__ import annotations

import logging

import pytest

from hossagent.logging import HideTokens, LineFormatter, hide_tokens

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
    return logging.getLogger().makeRecord(
        name, logging.INFO, "file", 1, message, args, None, extra=dict(extra)
    )


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
