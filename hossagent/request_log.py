"""Each web request: its id, its line in the log, and its place in the metrics."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings

from hossagent.lib import http_metrics, pulse
from hossagent.lib.log_fields import is_harmless, log_fields, new_id
from hossagent.lib.log_secrets import hide_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("hossagent.access")

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"
UNKNOWN_VIEW = "unknown"
# Asked by machines all day long; only an answer other than 200 is news.
UNLOGGED = frozenset({"healthz", "readyz", "metrics"})


class RequestLogMiddleware:
    """Gives each request an id that its lines, its answer and its tasks carry.

    The first of all, so that it sees what any other answers. In release mode a request is
    one line, in place of gunicorn's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        with log_fields(request=request_id(request)):
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            response[HEADER] = request_id(request)
            if settings.CONFIG.RELEASE_MODE:
                _log(request, response, seconds)
            _count(request, response, seconds)
            pulse.beat(requests=1)
        return response


def request_id(request: HttpRequest) -> str:
    """The id of this request: that of our own proxy where there is one, else a new one."""
    found: str | None = getattr(request, "log_id", None)
    if found is None:
        given = request.META.get(_META, "") if settings.CONFIG.TRUSTED_PROXY_COUNT else ""
        found = given if is_harmless(given) else new_id()
        request.log_id = found  # type: ignore[attr-defined] # kept for the pages of this request
    return found


def view_name(request: HttpRequest) -> str:
    """The name of the view that answered, such as `portal:home`; never an address."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or UNKNOWN_VIEW
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    # A middleware that answers by itself may say for which view.
    return str(getattr(request, "answered_as", UNKNOWN_VIEW))


def _count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """A full disk or a broken file must not take the pages with it."""
    try:
        http_metrics.observe(
            view=view_name(request),
            method=request.method,
            status=response.status_code,
            seconds=seconds,
        )
    except Exception as error:  # noqa: BLE001 # garbage in a file fails in any way
        logger.warning("a request was not counted: %r", error)


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    view = view_name(request)
    if view in UNLOGGED and response.status_code == HTTPStatus.OK:
        return
    path = hide_tokens(request.get_full_path())
    logger.info(
        "%s %s %s",
        request.method,
        path,
        response.status_code,
        extra={
            "method": request.method,
            "path": path,
            "view": view,
            "status": response.status_code,
            "ms": round(seconds * 1000),
        },
    )
