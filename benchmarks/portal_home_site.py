"""Settings and addresses for the benchmark `portal_home`: the product, and two bare views."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import path

from hossagent.settings import *  # noqa: F403 # a settings module is meant to be extended

if TYPE_CHECKING:
    from django.http import HttpRequest

ROOT_URLCONF = "benchmarks.portal_home_site"
QUERIES = int(os.environ.get("BENCH_QUERIES", "0"))
# The session, the person and the membership with its customer.
SIGNING_IN = 3


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def trivial(request: HttpRequest) -> HttpResponse:
    """As many queries as the page has: the same for signing in, the others by key."""
    from accounts.access import get_customer  # noqa: PLC0415 # this file is settings first
    from accounts.models import Customer  # noqa: PLC0415 # likewise

    customer = get_customer(request)
    for _ in range(QUERIES - SIGNING_IN):
        Customer.objects.filter(pk=customer.pk).first()
    return HttpResponse("ok")


def _addresses() -> list[object]:
    from hossagent.urls import urlpatterns as product  # noqa: PLC0415 # after Django is set up

    return [path("bench/empty", empty), path("bench/trivial", trivial), *product]


def __getattr__(name: str) -> object:
    if name == "urlpatterns":
        return _addresses()
    raise AttributeError(name)
