"""The page for an error of ours: it names the request, so that support can find its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseServerError
from django.template import loader

from hossagent.request_log import request_id

if TYPE_CHECKING:
    from django.http import HttpRequest


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """500 without a query, a session or the request's context: any may be what failed."""
    page = loader.get_template("500.html").render({"request_id": request_id(request)})
    return HttpResponseServerError(page)
