"""How often a page may be opened; the form limits are in the tests of their pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_django
import time_machine
from django.http import HttpRequest
from django.test import RequestFactory

from hossagent.lib.limits import consume_view
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def _two_an_hour(settings: pytest_django.Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"view_sample": "2/h/ip"}


def view(address: str = "198.51.100.7", *, method: str = "GET") -> HttpRequest:
    return RequestFactory().generic(method, "/", REMOTE_ADDR=address)


def test_views_are_counted_per_address() -> None:
    allowed = [consume_view(view(), action="view_sample") for _ in range(3)]

    assert allowed == [True, True, False]
    assert consume_view(view("203.0.113.9"), action="view_sample")


def test_views_without_a_body_count_as_well() -> None:
    allowed = [consume_view(view(method="HEAD"), action="view_sample") for _ in range(2)]

    assert allowed == [True, True]
    assert not consume_view(view(), action="view_sample")


def test_views_are_allowed_again_after_the_hour() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        allowed = [consume_view(view(), action="view_sample") for _ in range(3)]
        clock.shift(timedelta(minutes=59))
        still = consume_view(view(), action="view_sample")
        clock.shift(timedelta(minutes=1))
        again = consume_view(view(), action="view_sample")

    assert (allowed, still, again) == ([True, True, False], False, True)


def test_an_action_without_a_limit_is_never_refused() -> None:
    assert all(consume_view(view(), action="open_page") for _ in range(5))
