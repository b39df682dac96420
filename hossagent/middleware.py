"""What no page should have to think of: text that no person can have typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
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
    store it. Machines (views without a CSRF check) read their own bodies, and a view that
    `answers_any_address` has its own words for a bad one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", "")):
            raise BadRequest("NUL in the query")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> None:
        in_address = any(NUL in str(value) for value in kwargs.values())
        if in_address and not getattr(view, "answers_any_address", False):
            raise Http404("no such address")
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        for name, values in request.POST.lists():
            if any(NUL in text for text in (name, *values)):
                raise BadRequest("NUL in the form")
