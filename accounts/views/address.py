"""Proving one's address, or moving to another: what an unverified person is asked to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.sign_in import EmailForm
from accounts.models import LinkPurpose, User
from accounts.selectors.email_verification import must_verify_email
from accounts.services import login_links
from accounts.views import pending
from accounts.views.sessions import SIGNED_IN_AT
from accounts.views.sign_in import TOO_MANY
from hossagent.lib import clock
from hossagent.lib.client_ip import describe_browser

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# A proven address is changed only soon after signing in: a borrowed browser is not enough.
FRESH = timedelta(minutes=30)
SIGN_IN_AGAIN = "To change your address, sign out, sign in again, and come back within 30 minutes."


def _is_fresh(request: HttpRequest, *, now: datetime) -> bool:
    signed_in_at = request.session.get(SIGNED_IN_AT)
    return signed_in_at is not None and now < datetime.fromisoformat(signed_in_at) + FRESH


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_address(request: HttpRequest) -> HttpResponse:
    """Says that the address is not confirmed, and lets the person send the mail again or
    move to another address. The change counts once the new address is proven."""
    person, now = request.user, clock.now()
    assert isinstance(person, User)
    form = EmailForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if person.email_verified_at and not _is_fresh(request, now=now):
            form.add_error(None, SIGN_IN_AGAIN)
        elif ratelimit.consume(request, action="request_link", key=email):
            try:
                link = login_links.request_change(
                    user=person, email=email, asked_from=describe_browser(request), now=now
                )
            except login_links.SessionOver:
                return redirect("accounts:login")
            pending.remember(request, email=email, link=link, now=now)
            return redirect("accounts:check_inbox")
        else:
            form.add_error(None, TOO_MANY)
            status = 429
    context = {"form": form, "person": person, "must_verify": must_verify_email(person, now=now)}
    return render(request, "accounts/confirm_address.html", context, status=status)


@require_POST
@login_required
def resend_confirmation(request: HttpRequest) -> HttpResponse:
    """Another confirmation mail; its code can be entered on the page that follows."""
    person, now = request.user, clock.now()
    assert isinstance(person, User)
    if person.email_verified_at:
        messages.success(request, "Your address is already confirmed.")
        return redirect("portal:home")
    if not ratelimit.consume(request, action="request_link", key=person.email):
        messages.error(request, TOO_MANY)
        return redirect("accounts:confirm_address")
    link = login_links.send_link(
        user=person,
        purpose=LinkPurpose.CONFIRM,
        asked_from=describe_browser(request),
        now=now,
    )
    pending.remember(request, email=person.email, link=link, now=now)
    return redirect("accounts:check_inbox")
