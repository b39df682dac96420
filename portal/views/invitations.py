"""Accepting an invitation: to join a customer, or to claim one that was opened for you."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.access import SESSION_KEY, signed_in_as
from accounts.services import invitations, login_links
from accounts.states import Role
from accounts.views import pending
from accounts.views.sessions import start_session
from accounts.views.sign_in import TOO_MANY
from agents.profile.services.join import join
from hossagent.lib import clock
from hossagent.lib.client_ip import describe_browser
from portal.applicant import mark_browser, read_applicant

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Invitation
    from agents.profile.services.join import JoinResult


@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A look shows a button (mail scanners look, too); the button accepts and signs in.
    Whoever has an account under the invited address signs in to it first."""
    now = clock.now()
    found = invitations.find_invitation(token=token, now=now)
    if found is None:
        response = _gone(request)
    elif request.method == "POST":
        response = _accept(request, found, now=now)
    else:
        response = _page(request, found)
    # See accounts.views.sign_in.login_link.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _accept(request: HttpRequest, found: Invitation, *, now: datetime) -> HttpResponse:
    try:
        joined = join(
            invitation=found,
            applicant=read_applicant(request, email=found.email),
            signed_in_as=signed_in_as(request),
            now=now,
        )
    except invitations.NotForOperators:
        return _gone(request)
    except invitations.SignInFirst:
        return _send_sign_in_mail(request, found, now=now)
    return _gone(request) if joined is None else _welcome(request, joined, now=now)


def _welcome(request: HttpRequest, joined: JoinResult, *, now: datetime) -> HttpResponse:
    where = resolve_url("no_trial") if joined.is_refused_trial else ""
    response = start_session(request, user=joined.user, now=now, leads_to=where)
    request.session[SESSION_KEY] = joined.customer.pk
    if joined.is_refused_trial:
        response = redirect(where)
    else:
        messages.success(request, f"Welcome to {joined.customer.company}.")
    mark_browser(request, response)
    return response


def _send_sign_in_mail(request: HttpRequest, found: Invitation, *, now: datetime) -> HttpResponse:
    if not ratelimit.consume(request, action="request_link", key=found.email):
        messages.error(request, TOO_MANY)
        return redirect(request.path)
    link = login_links.request_link(
        email=found.email, next_url=request.path, asked_from=describe_browser(request), now=now
    )
    pending.remember(request, email=found.email, link=link, next_url=request.path, now=now)
    return redirect("accounts:check_inbox")


def _page(request: HttpRequest, found: Invitation) -> HttpResponse:
    person = request.user if request.user.is_authenticated else None
    context = {
        "invitation": found,
        "is_owner": found.role == Role.OWNER,
        "other": person if person and person.email != found.email else None,
        "signs_in_first": invitations.needs_sign_in(
            invitation=found, signed_in_as=signed_in_as(request)
        ),
    }
    return render(request, "portal/invitation.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/invitation_gone.html", status=410)
