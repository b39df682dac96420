"""Requests: an id each, one line in release mode, and nothing from one in another."""

from __future__ import annotations

import logging
import re
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from hossagent.error_pages import server_error
from hossagent.lib import http_metrics
from hossagent.lib.log_fields import current_fields
from hossagent.request_log import RequestLogMiddleware, request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from tests.helpers.clients import SiteClient

TOKEN = "LDH-cfsVXnJfekrTbRclBEp3X6yvdF5o6262GOVj-5k"


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(current_fields()["request"])


def ask(**headers: str) -> HttpResponse:
    return RequestLogMiddleware(answer)(RequestFactory().get("/", headers=headers))


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (1, "abc-123", True),
        (0, "abc-123", False),
        (1, "", False),
        (1, "a b", False),
        (1, "x" * 65, False),
        (1, "a\nb", False),
    ],
)
def test_an_id_is_taken_from_our_proxy_only(
    proxies: int, given: str, configure: Callable[..., None], *, is_taken: bool
) -> None:
    configure(TRUSTED_PROXY_COUNT=proxies)

    response = ask(**{"X-Request-ID": given})

    assert response.content.decode() == response["X-Request-ID"]
    assert (response["X-Request-ID"] == given) is is_taken
    assert is_taken or re.fullmatch(r"[0-9a-f]{16}", response["X-Request-ID"])


def test_two_requests_at_once_keep_their_ids_apart() -> None:
    """Both are inside their view before either goes on."""
    inside = threading.Barrier(2, timeout=10)

    def slow(request: HttpRequest) -> HttpResponse:
        before = current_fields()["request"]
        inside.wait()
        return HttpResponse(f"{before} {current_fields()['request']}")

    answers: list[HttpResponse] = []

    def call() -> None:
        answers.append(RequestLogMiddleware(slow)(RequestFactory().get("/")))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen = [one.content.decode() for one in answers]
    assert seen == [f"{one['X-Request-ID']} {one['X-Request-ID']}" for one in answers]
    assert len(set(seen)) == 2
    assert dict(current_fields()) == {}


def test_nothing_is_left_after_a_view_that_raises() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        RequestLogMiddleware(broken)(RequestFactory().get("/"))

    assert dict(current_fields()) == {}


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture, configure: Callable[..., None]) -> Any:
    """The access lines of release mode."""
    configure(RELEASE_MODE=True)
    caplog.set_level(logging.INFO, "hossagent.access")
    return lambda: [
        (line.getMessage(), line.view, line.status)  # type: ignore[attr-defined] # its extras
        for line in caplog.records
        if line.name == "hossagent.access"
    ]


@pytest.mark.django_db
def test_a_request_is_one_line_without_its_secrets(client: SiteClient, written: Any) -> None:
    client.get(f"/portal/{TOKEN}")
    client.get("/login?token=abc&next=/portal/")
    client.get("/nothing-here")
    client.post("/stripe/webhook")

    assert written() == [
        ("GET /portal/... 404", "portal:preview", 404),
        ("GET /login?token=...&next=/portal/ 200", "accounts:login", 200),
        ("GET /nothing-here 404", "unknown", 404),
        ("POST /stripe/webhook 404", "billing:stripe_webhook", 404),
    ]


@pytest.mark.django_db
def test_health_checks_that_go_well_are_not_logged(client: SiteClient, written: Any) -> None:
    client.get("/healthz")
    client.get("/readyz")
    client.post("/healthz")

    assert written() == [("POST /healthz 405", "healthz", 405)]


def test_the_500_page_names_the_request() -> None:
    request = RequestFactory().get("/")

    page = server_error(request)

    assert page.status_code == 500
    assert f"<strong>{request_id(request)}</strong>" in page.content.decode()


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("corrupted"), struct.error()]
)
def test_numbers_that_fail_do_not_take_the_pages(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(http_metrics, "observe", fail)

    assert ask().status_code == 200
