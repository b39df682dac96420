"""What no page should have to think of: text that no person can have typed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest
from django.http import Http404

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

NUL = "\0"


class NoNulMiddleware:
    """An address with a NUL character is 404, a query or a form with one is 400.

    Postgres refuses to look for such text, so a page would answer 500, and SQLite would
    store it. Machines (views without a CSRF check) read their own bodies.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404("no such address")
        if b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", "")):
            raise BadRequest("NUL in the query")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> None:
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        if any(
            NUL in value for values in request.POST.lists() for value in (values[0], *values[1])
        ):
            raise BadRequest("NUL in the form")
