"""Accepting an invitation: to join a customer, or to claim one that was opened for you."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.access import SESSION_KEY
from accounts.services import invitations
from accounts.states import Role
from accounts.views.sign_in import start_session
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A look shows a button (mail scanners look, too); the button accepts and signs in."""
    now = clock.now()
    invitation = invitations.find_invitation(token=token, now=now)
    person = request.user if request.user.is_authenticated else None
    response: HttpResponse | None = None
    if invitation is not None and request.method == "POST":
        try:
            user = invitations.accept_invitation(
                invitation=invitation, signed_in_as=person.pk if person else None, now=now
            )
        except invitations.NotForOperators:
            user = None
        if user is not None:
            response = start_session(request, user=user, now=now)
            request.session[SESSION_KEY] = invitation.customer_id
            messages.success(request, f"Welcome to {invitation.customer.company}.")
    elif invitation is not None:
        context = {
            "invitation": invitation,
            "is_owner": invitation.role == Role.OWNER,
            "other": person if person and person.email != invitation.email else None,
        }
        response = render(request, "accounts/invitation.html", context)
    if response is None:
        response = render(request, "accounts/invitation_gone.html", status=410)
    # See accounts.views.sign_in.login_link.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
