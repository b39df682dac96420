"""Signing in by mail: ask for it, then use its link or its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.access import signed_in_as
from accounts.forms.sign_in import CodeForm, EmailForm
from accounts.models import LinkPurpose
from accounts.services import login_links
from accounts.services.address_proof import AddressTaken
from accounts.views import pending
from accounts.views.sessions import answer_double_submit, start_session
from hossagent.lib import clock
from hossagent.lib.client_ip import describe_browser

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import LoginLink

TOO_MANY = "Too many requests. Wait a few minutes, then try again."
CODE_OVER = "This code no longer works. Request a new email."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for a sign-in mail. Known or not, the answer is the same page."""
    if request.user.is_authenticated:
        return redirect(_next_path(request) or "portal:home")
    form = EmailForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        email, now = form.cleaned_data["email"], clock.now()
        if ratelimit.consume(request, action="request_link", key=email):
            next_url = _next_path(request)
            link = login_links.request_link(
                email=email, next_url=next_url, asked_from=describe_browser(request), now=now
            )
            pending.remember(request, email=email, link=link, next_url=next_url, now=now)
            return redirect("accounts:check_inbox")
        form.add_error(None, TOO_MANY)
        status = 429
    context = {"form": form, "next": _next_path(request)}
    return render(request, "accounts/login.html", context, status=status)


def _next_path(request: HttpRequest) -> str:
    """The path on this site that `next` asks for; "" for anything else."""
    url = get_next_redirect_url(request) or ""
    return url if url.startswith("/") else ""


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
    """Where the code leads, or None when it is wrong. For an unknown address it always is."""
    if not asked.is_alive(now=now):
        return None
    pending.count_try(request, asked)
    if asked.link_id is None:
        return None
    try:
        answer = _spend_code(request, asked, code, now=now)
    except AddressTaken:
        return _taken(request, asked.email)
    return answer or answer_double_submit(request, now=now)


# What is spent and the session are there at the same moment: a second submit waits for the
# row and then finds either both or neither.
@transaction.atomic
def _spend_code(
    request: HttpRequest, asked: pending.Pending, code: str, *, now: datetime
) -> HttpResponse | None:
    assert asked.link_id is not None
    user = login_links.redeem_code(
        link_id=asked.link_id, code=code, signed_in_as=signed_in_as(request), now=now
    )
    if user is None:
        return None
    pending.forget(request)
    return start_session(request, user=user, now=now, next_url=asked.next_url)


@never_cache
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it (mail scanners do, too) shows a button, and the button signs in. The browser
    that asked for the mail needs no button. A double submit leads where the first led."""
    response = _show_or_use(request, token, now=clock.now())
    # `no-referrer` would make the browser send `Origin: null` with the form, which the
    # CSRF check refuses; `strict-origin` keeps the token out of the Referer just as well.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _show_or_use(request: HttpRequest, token: str, *, now: datetime) -> HttpResponse:
    link = login_links.find_link(token=token, now=now)
    if link is None:
        return answer_double_submit(request, now=now) or _gone(request)
    if request.method == "POST" or _asked_here(request, link):
        answer = _use(request, link, now=now)
        # Somebody was faster: a stranger, or this browser's own first submit.
        return answer or answer_double_submit(request, now=now) or _gone(request)
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
    except AddressTaken:
        return _taken(request, link.email)


@transaction.atomic
def _spend(request: HttpRequest, link: LoginLink, *, now: datetime) -> HttpResponse | None:
    user = login_links.redeem_link(link=link, signed_in_as=signed_in_as(request), now=now)
    if user is None:
        return None
    pending.forget(request)
    return start_session(request, user=user, now=now, next_url=link.next_url)


def _taken(request: HttpRequest, email: str) -> HttpResponse:
    return render(request, "accounts/address_taken.html", {"email": email}, status=409)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/link_gone.html", status=410)
