"""`/metrics` for Prometheus: numbers only, for whoever has the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.reports.selectors.metrics import list_metrics
from hossagent.lib import clock, http_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest
    from prometheus_client.metrics_core import Metric


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """404 while METRICS_TOKEN is not set, 401 without it in the request (RFC 6750)."""
    token = settings.CONFIG.METRICS_TOKEN.get_secret_value()
    if not token:
        raise Http404("no token is set")
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {token}"):
        return HttpResponse(
            "The token is missing or wrong.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    page = generate_latest(_Families(now=clock.now()))
    return HttpResponse(page, content_type=CONTENT_TYPE_LATEST)


class _Families:
    """Everything that is exported, as prometheus_client wants to be given it."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from list_metrics(now=self.now)
        yield from http_metrics.collect()
