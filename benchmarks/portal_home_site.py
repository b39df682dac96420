"""Settings and addresses for `benchmarks.portal_home`: the product, and two bare views."""

from __future__ import annotations

import os

from django.http import HttpResponse
from django.urls import path

from hossagent.settings import *  # noqa: F403 # a settings module is meant to be extended

MIGRATION_MODULES = {"djstripe": "tests.djstripe_migrations"}
ROOT_URLCONF = "benchmarks.portal_home_site"
QUERIES = int(os.environ.get("BENCH_QUERIES", "0"))


def empty(request: object) -> HttpResponse:
    return HttpResponse("ok")


def trivial(request: object) -> HttpResponse:
    """As many queries as the page has, each by primary key."""
    from accounts.models import Customer  # noqa: PLC0415 # this file is settings first

    for _ in range(QUERIES):
        Customer.objects.filter(pk=1).first()
    return HttpResponse("ok")


def _addresses() -> list[object]:
    from hossagent.urls import urlpatterns as product  # noqa: PLC0415 # after Django is set up

    return [path("bench/empty", empty), path("bench/trivial", trivial), *product]


def __getattr__(name: str) -> object:
    if name == "urlpatterns":
        return _addresses()
    raise AttributeError(name)
