"""The pages for requests that go wrong early: no query, no session, no context of a page.

Django's own views for 400 and 500 want a session, because forms keep their secret there.
A wrong Host is refused before there is one, and its 400 became an error of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBadRequest, HttpResponseServerError
from django.template import loader

from hossagent.request_log import request_id

if TYPE_CHECKING:
    from django.http import HttpRequest


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBadRequest:
    """400, whoever refused the request and however early."""
    return HttpResponseBadRequest(loader.get_template("400.html").render())


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """500 with the number of the request, by which support finds its lines."""
    page = loader.get_template("500.html").render({"request_id": request_id(request)})
    return HttpResponseServerError(page)
