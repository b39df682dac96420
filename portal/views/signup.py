"""Signing up: by mail or with Google and Microsoft, straight to Checkout or the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from allauth.socialaccount.internal.flows.signup import clear_pending_signup, get_pending_signup
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.models import User
from accounts.services.login_links import request_link
from accounts.views import pending
from accounts.views.sessions import start_session
from accounts.views.sign_in import TOO_MANY
from agents.profile.services.sign_ups import AlreadyKnown, NewAccount, SignUp, sign_up
from billing import gateway
from billing.entitlements import can_run_agent_for
from billing.plans import PRO
from billing.services import checkouts
from billing.states import CheckoutPurpose
from billing.trial_rules import is_disposable_address
from hossagent import subsystems
from hossagent.lib import clock
from hossagent.lib.client_ip import describe_browser
from portal.applicant import mark_browser, read_applicant
from portal.forms.signup import CompanyForm, SignupForm

if TYPE_CHECKING:
    from datetime import datetime

    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

BY_INVITATION = "Sign-up is by invitation only right now. Contact us to join."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """The form. A known address gets a sign-in mail instead of a second account, and the
    same page as any other address that has to look into its inbox."""
    if request.user.is_authenticated:
        return _for_signed_in(request)
    form = SignupForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    email, now = form.cleaned_data["email"], clock.now()
    if form.is_trapped:
        pending.remember(request, email=email, link=None, now=now)
        return redirect("accounts:check_inbox")
    if problem := _closed_to(email):
        form.add_error(None, problem)
        return _page(request, form)
    if not ratelimit.consume(request, action="signup", key=email):
        form.add_error(None, TOO_MANY)
        return _page(request, form, status=429)
    done = _sign_up(request, form, email=email, now=now)
    return _welcome(request, done, now=now) if done else redirect("accounts:check_inbox")


def _for_signed_in(request: HttpRequest) -> HttpResponse:
    """A person without a customer opens one under the address they are signed in with."""
    person = request.user
    if access.list_memberships(request) or not isinstance(person, User) or person.is_staff:
        return redirect("portal:home")
    form = CompanyForm(request.POST or None, initial={"contact_name": person.name})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, email=person.email)
    now = clock.now()
    done = sign_up(_new_account(request, form, email=person.email, user=person), now=now)
    return _welcome(request, done, now=now)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def social_signup(request: HttpRequest) -> HttpResponse:
    """After Google or Microsoft: the company's particulars. Google's verified address is
    taken as proven; Microsoft's claim is only a suggestion and has to be confirmed."""
    waiting = get_pending_signup(request)
    if waiting is None:
        return redirect("accounts:login")
    claimed = getattr(waiting.user, "email", "")
    proven = _proven_address(waiting)
    form: CompanyForm
    if proven:
        form = CompanyForm(request.POST or None)
    else:
        form = SignupForm(request.POST or None, initial={"email": claimed})
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, email=proven)
    email, now = proven or form.cleaned_data["email"], clock.now()
    if problem := _closed_to(email):
        form.add_error(None, problem)
        return _page(request, form, email=proven)
    if not ratelimit.consume(request, action="signup", key=email):
        form.add_error(None, TOO_MANY)
        return _page(request, form, email=proven, status=429)
    # In one transaction: a proof finds the account connected, or nobody yet.
    with transaction.atomic():
        done = _sign_up(request, form, email=email, now=now, is_verified=bool(proven))
        if done is not None:
            waiting.connect(request, done.user)
    clear_pending_signup(request)
    if done is None:
        return redirect("accounts:check_inbox")
    return _welcome(request, done, now=now)


@never_cache
@login_required
@require_safe
def no_trial(request: HttpRequest) -> HttpResponse:
    """Says kindly that there is no second trial, and offers the plan or a word with us.
    Whoever has paid or was granted a trial meanwhile goes on to the portal."""
    customer = access.get_customer(request)
    if can_run_agent_for(customer, now=clock.now()):
        return redirect("portal:home")
    context = {
        "customer": customer,
        "plan": PRO,
        "is_disposable": is_disposable_address(customer.email),
        "stripe_is_live": subsystems.stripe().is_live,
    }
    return render(request, "portal/no_trial.html", context)


def _proven_address(waiting: SocialLogin) -> str:
    """What Google verified. Microsoft's `mail` is whatever the tenant's administrator set."""
    if waiting.account.provider != "google":
        return ""
    return next((one.email.lower() for one in waiting.email_addresses if one.verified), "")


def _sign_up(
    request: HttpRequest,
    form: CompanyForm,
    *,
    email: str,
    now: datetime,
    is_verified: bool = False,
) -> SignUp | None:
    """The new account, or None when the address is known: its owner gets a sign-in mail."""
    asked_from = describe_browser(request)
    try:
        return sign_up(_new_account(request, form, email=email, is_verified=is_verified), now=now)
    except AlreadyKnown:
        link = request_link(email=email, asked_from=asked_from, now=now)
        pending.remember(request, email=email, link=link, now=now)
        return None


def _page(
    request: HttpRequest, form: CompanyForm, *, email: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "email": email, "plan": PRO}
    return render(request, "portal/signup.html", context, status=status)


def _closed_to(email: str) -> str:
    """Why this address may not sign up here, or an empty string."""
    config = settings.CONFIG
    testers = {one.lower() for one in config.INTERNAL_TESTER_EMAILS}
    return "" if config.SELF_SERVE_ENABLED or email in testers else BY_INVITATION


def _new_account(
    request: HttpRequest,
    form: CompanyForm,
    *,
    email: str,
    user: User | None = None,
    is_verified: bool = False,
) -> NewAccount:
    names = ("company", "contact_name", "niche", "geography")
    return NewAccount(
        **{name: form.cleaned_data[name] for name in names},
        applicant=read_applicant(request, email=email),
        asked_from=describe_browser(request),
        user=user,
        is_verified=is_verified,
    )


def _welcome(request: HttpRequest, done: SignUp, *, now: datetime) -> HttpResponse:
    """Sign the new owner in, mark the browser, and go to Checkout or to the portal."""
    where = _where_to_go(request, done, now=now)
    if not request.user.is_authenticated:
        start_session(request, user=done.user, now=now, leads_to=resolve_url(where))
    if done.confirmation is not None:
        pending.remember(request, email=done.user.email, link=done.confirmation, now=now)
    response = redirect(where)
    mark_browser(request, response)
    return response


def _where_to_go(request: HttpRequest, done: SignUp, *, now: datetime) -> str:
    if not done.has_trial:
        return "no_trial"
    if not subsystems.stripe().is_live:
        return "portal:home"
    try:
        return checkouts.start_checkout(
            customer=done.customer, purpose=CheckoutPurpose.START, now=now
        )
    except (gateway.StripeError, checkouts.CheckoutBusy, checkouts.AlreadySubscribed):
        messages.error(
            request,
            "The payment page did not open. Your trial has started. "
            "Add your card later under Billing.",
        )
        return "portal:home"
