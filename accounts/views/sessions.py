"""A session begins and ends: opening one, and signing out here or everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_POST

from accounts.services import double_submit
from accounts.services.sessions import sign_out_everywhere
from hossagent.lib import clock

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

SIGNED_IN_AT = "signed_in_at"


def start_session(
    request: HttpRequest, *, user: User, now: datetime, next_url: str = "", leads_to: str = ""
) -> HttpResponse:
    """Sign `user` in, in a fresh session, and go where they wanted to go.

    A double submit of the same form goes there, too, or to the `leads_to` that the caller
    sends the first one to.
    """
    came_with = request.session.session_key
    response: HttpResponse = perform_login(request, user, redirect_url=next_url or None)
    if request.user.is_authenticated:
        request.session[SIGNED_IN_AT] = now.isoformat()
        double_submit.remember_first_submit(
            path=request.path,
            session=request.session,
            came_with=came_with,
            leads_to=leads_to or response["Location"],
            now=now,
        )
    return response


def answer_double_submit(request: HttpRequest, *, now: datetime) -> HttpResponse | None:
    """Where this browser's first submit of this form led, in the session that it opened;
    None when this one is the first, or that session is over."""
    came_with = request.session
    first = double_submit.find_first_submit(came_with=came_with, path=request.path, now=now)
    if first is None:
        return None
    request.session, leads_to = first
    if not get_user(request).is_authenticated:
        request.session = came_with
        return None
    if request.session.session_key != came_with.session_key:
        request.session.modified = True  # has its cookie sent again
    return redirect(leads_to)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not its session's: a page that is out of date, or the double
    submit of one that has signed in, since the first gave the browser a new session."""
    return answer_double_submit(request, now=clock.now()) or csrf_failure(request, reason=reason)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End this session."""
    end_session(request)
    messages.success(request, "You are signed out.")
    return redirect("accounts:login")


@require_POST
@login_required
def logout_everywhere(request: HttpRequest) -> HttpResponse:
    """End this person's sessions in every browser, this one included."""
    assert request.user.is_authenticated
    sign_out_everywhere(user=request.user, now=clock.now())
    end_session(request)
    messages.success(request, "You are signed out of every browser.")
    return redirect("accounts:login")
