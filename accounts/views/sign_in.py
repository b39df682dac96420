"""Signing in: ask for a mail, then use its link or its code; and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.forms.sign_in import CodeForm, EmailForm
from accounts.models import LinkPurpose
from accounts.services import double_submit, login_links
from accounts.views import pending
from hossagent.lib import clock
from hossagent.lib.client_ip import describe_browser

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import LoginLink, User

TOO_MANY = "Too many requests. Wait a few minutes, then try again."
CODE_OVER = "This code no longer works. Request a new email."
SIGNED_IN_AT = "signed_in_at"


def _signed_in_as(request: HttpRequest) -> int | None:
    return request.user.pk if request.user.is_authenticated else None


def _wanted(request: HttpRequest) -> str:
    """The path on this site that `next` asks for; "" for anything else."""
    url = get_next_redirect_url(request) or ""
    return url if url.startswith("/") else ""


def start_session(
    request: HttpRequest, *, user: User, now: datetime, next_url: str = "", leads_to: str = ""
) -> HttpResponse:
    """Sign `user` in, in a fresh session, and go where they wanted to go. A second click on
    the same form goes there, too, or to the `leads_to` that the caller sends the first to."""
    came_with = request.session.session_key
    response: HttpResponse = perform_login(request, user, redirect_url=next_url or None)
    if request.user.is_authenticated:
        request.session[SIGNED_IN_AT] = now.isoformat()
        double_submit.remember_first(
            path=request.path,
            session=request.session,
            came_with=came_with,
            leads_to=leads_to or response["Location"],
            now=now,
        )
    return response


def repeat_first(request: HttpRequest, *, now: datetime) -> HttpResponse | None:
    """Where this browser's first click on this form led, in the session that it opened."""
    came_with = request.session
    first = double_submit.find_first(came_with=came_with, path=request.path, now=now)
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
    """A form whose token is not its session's: a page that is out of date, or the second
    click on one that has signed in, for the first has given the browser a new session."""
    return repeat_first(request, now=clock.now()) or csrf_failure(request, reason=reason)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for a sign-in mail. Known or not, the answer is the same page."""
    if request.user.is_authenticated:
        return redirect(_wanted(request) or "portal:home")
    form = EmailForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        email, now = form.cleaned_data["email"], clock.now()
        if ratelimit.consume(request, action="request_link", key=email):
            next_url = _wanted(request)
            link = login_links.request_link(
                email=email, next_url=next_url, asked_from=describe_browser(request), now=now
            )
            pending.remember(request, email=email, link=link, next_url=next_url, now=now)
            return redirect("accounts:check_inbox")
        form.add_error(None, TOO_MANY)
        status = 429
    context = {"form": form, "next": _wanted(request)}
    return render(request, "accounts/login.html", context, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def check_inbox(request: HttpRequest) -> HttpResponse:
    """Says where the mail went, and takes its code in the browser that asked."""
    asked = pending.recall(request)
    if asked is None:
        return redirect("accounts:login")
    form, status, now = CodeForm(request.POST or None), 200, clock.now()
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="try_code"):
            form.add_error(None, TOO_MANY)
            status = 429
        elif answer := _try_code(request, asked, form.cleaned_data["code"], now=now):
            return answer
        elif asked.is_alive(now=now):
            form.add_error(
                "code", "This is not the code from the latest email. Check it and try again."
            )
        else:
            form.add_error(None, CODE_OVER)
    context = {"form": form, "asked": asked}
    return render(request, "accounts/check_inbox.html", context, status=status)


def _try_code(
    request: HttpRequest, asked: pending.Pending, code: str, *, now: datetime
) -> HttpResponse | None:
    """Where the code leads, or None when it is wrong; for an unknown address always wrong."""
    if not asked.is_alive(now=now):
        return None
    pending.count_try(request, asked)
    if asked.link_id is None:
        return None
    try:
        answer = _spend_code(request, asked, code, now=now)
    except login_links.AddressTaken:
        return _taken(request, asked.email)
    return answer or repeat_first(request, now=now)


# What is spent and the session are there at the same moment: a second click waits for the
# row and then finds either both or neither.
@transaction.atomic
def _spend_code(
    request: HttpRequest, asked: pending.Pending, code: str, *, now: datetime
) -> HttpResponse | None:
    assert asked.link_id is not None
    user = login_links.redeem_code(
        link_id=asked.link_id, code=code, signed_in_as=_signed_in_as(request), now=now
    )
    if user is None:
        return None
    pending.forget(request)
    return start_session(request, user=user, now=now, next_url=asked.next_url)


@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    """A look (mail scanners look, too) shows a button; the button signs in. The browser
    that asked for the mail needs no button, and a second click leads where the first led."""
    response = _look_or_use(request, token, now=clock.now())
    # `no-referrer` would make the browser send `Origin: null` with the form, which the
    # CSRF check refuses; `strict-origin` keeps the token out of the Referer just as well.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _look_or_use(request: HttpRequest, token: str, *, now: datetime) -> HttpResponse:
    link = login_links.find_link(token=token, now=now)
    if link is None:
        return repeat_first(request, now=now) or _gone(request)
    if request.method == "POST" or _asked_here(request, link):
        answer = _use(request, link, now=now)
        # Somebody was faster: a stranger, or this browser's own first click.
        return answer or repeat_first(request, now=now) or _gone(request)
    other = request.user if request.user.is_authenticated else None
    context = {
        "link": link,
        "is_change": link.purpose == LinkPurpose.CHANGE,
        "other": other if other and other.pk != link.user_id else None,
    }
    return render(request, "accounts/login_link.html", context)


def _asked_here(request: HttpRequest, link: LoginLink) -> bool:
    asked = pending.recall(request)
    return request.method == "GET" and asked is not None and asked.link_id == link.pk


def _use(request: HttpRequest, link: LoginLink, *, now: datetime) -> HttpResponse | None:
    """Where the link leads, or None when it was spent meanwhile."""
    try:
        return _spend(request, link, now=now)
    except login_links.AddressTaken:
        return _taken(request, link.email)


@transaction.atomic
def _spend(request: HttpRequest, link: LoginLink, *, now: datetime) -> HttpResponse | None:
    user = login_links.redeem_link(link=link, signed_in_as=_signed_in_as(request), now=now)
    if user is None:
        return None
    pending.forget(request)
    return start_session(request, user=user, now=now, next_url=link.next_url)


def _taken(request: HttpRequest, email: str) -> HttpResponse:
    return render(request, "accounts/address_taken.html", {"email": email}, status=409)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/link_gone.html", status=410)


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
    login_links.sign_out_everywhere(user=request.user, now=clock.now())
    end_session(request)
    messages.success(request, "You are signed out of every browser.")
    return redirect("accounts:login")


@require_POST
@login_required
def switch_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Work for another of one's own customers."""
    customer = access.switch_customer(request, customer_id=pk)
    messages.success(request, f"You switched to {customer.company}.")
    return redirect("portal:home")


@never_cache
@login_required
@require_safe
def choose_customer(request: HttpRequest) -> HttpResponse:
    """The customers this person belongs to, with a button each."""
    memberships = access.list_memberships(request)
    context = {"memberships": memberships}
    return render(request, "accounts/choose_customer.html", context)


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """Google or Microsoft vouched for somebody whom the operator has switched off."""
    return render(request, "accounts/inactive.html", status=403)


@require_safe
def social_canceled(request: HttpRequest) -> HttpResponse:
    """Somebody turned back at Google or Microsoft."""
    messages.info(request, "Sign-in canceled. Nothing has changed.")
    return redirect("accounts:login")
