"""View as customer: the portal's first page by a secret address, read-only and sandboxed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp.decorators import csp_update
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import is_valid_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import get_previewed_customer
from hossagent.lib import clock
from portal.views.home import render_home

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


# No script runs and no form is sent, whatever customer-supplied text the page shows.
SANDBOX = {"sandbox": ["allow-top-navigation-by-user-activation"]}


@require_safe
@never_cache
@csp_update(SANDBOX)  # type: ignore[arg-type] # typed for views without URL arguments
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """No session is read: whoever opens the link sees the same page."""
    with_slash = f"{request.path_info}/"
    if is_valid_path(with_slash):
        return redirect(with_slash, permanent=True)
    request.user = AnonymousUser()
    try:
        customer = get_previewed_customer(token)
    except Http404:
        response = render(request, "portal/bad_link.html", status=404)
    else:
        response = render_home(request, customer=customer, is_preview=True, now=clock.now())
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


# Every bad link gets the same page, one with characters that no link can have as well.
preview.answers_any_address = True  # type: ignore[attr-defined] # read by NoNulMiddleware
