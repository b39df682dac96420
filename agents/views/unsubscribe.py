"""The unsubscribe page: GET shows a button and changes nothing, POST acts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from agents.suppression.services.unsubscribe import find_conversation, unsubscribe
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest


# Exempt because RFC 8058 asks for it: mail programs POST without cookies. The token is the
# authority, and the only thing it can do is stop mail to its own address.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """Answers directly, never with a redirect (RFC 8058, section 3.2)."""
    conversation = find_conversation(token)
    if conversation is None:
        return _page(request, "agents/unsubscribe_unknown.html", status=404)
    if request.method == "POST":
        unsubscribe(conversation=conversation, now=clock.now())
        return _page(request, "agents/unsubscribe_done.html", email=conversation.lead.email)
    return _page(
        request,
        "agents/unsubscribe.html",
        email=conversation.lead.email,
        company=conversation.customer.company,
    )


def _page(
    request: HttpRequest, template: str, *, status: int = 200, **context: str
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
