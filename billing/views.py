"""The way to Stripe's pages and back. Owners only; everything else is Stripe's."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_customer, require_role
from accounts.states import Role
from billing import gateway
from billing.services import checkouts, subscriptions
from billing.states import CheckoutPurpose
from billing.stripe_sync import sync
from hossagent import subsystems
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = logging.getLogger("billing.views")

PORTAL = "/portal/"
UNAVAILABLE = "Stripe cannot be reached right now. Nothing was charged. Try again in a few minutes."
OFF = "Payments are switched off here, so nothing can be charged. Contact support to upgrade."
ALREADY = "You already have a subscription. Choose Manage Billing to change it."
BUSY = "Another tab is opening the checkout at this moment. Try again in a few seconds."
UPGRADED = "Your trial has ended early and your card was charged. Welcome to HossAgent Pro."
REFUSED = "Stripe did not accept this. Nothing was charged. Contact support if it stays so."


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where to go, and what to say there: an error unless `is_good`."""

    url: str = PORTAL
    sentence: str = ""
    status: int = 200
    is_good: bool = False


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def _answer(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    """JSON for a JSON request; otherwise a redirect, with the sentence on the next page."""
    if _wants_json(request):
        body: dict[str, Any] = {"url": outcome.url}
        if outcome.sentence:
            body["message" if outcome.is_good else "error"] = outcome.sentence
        return JsonResponse(body, status=outcome.status)
    if outcome.sentence:
        tell = messages.success if outcome.is_good else messages.error
        tell(request, outcome.sentence)
    response = HttpResponseRedirect(outcome.url)
    # See Other: the browser asks Stripe's page with GET.
    response.status_code = 303
    return response


def _with_stripe(work: Callable[[], Outcome]) -> Outcome:
    """Stripe's refusals and failures as sentences for a customer."""
    try:
        return work()
    except gateway.StripeIsOff:
        return Outcome(sentence=OFF, status=409)
    except gateway.CardDeclined as error:
        sentence = f"{error} Choose Manage Billing to use another card."
        return Outcome(sentence=sentence, status=402)
    except gateway.StripeRefused:
        logger.exception("[STRIPE][REFUSED]")
        return Outcome(sentence=REFUSED, status=502)
    except gateway.StripeUnavailable:
        logger.exception("[STRIPE][UNAVAILABLE]")
        return Outcome(sentence=UNAVAILABLE, status=503)


def _purpose(request: HttpRequest) -> CheckoutPurpose:
    """`start` keeps the trial and is meant by nothing else; anything else pays at once."""
    if not _wants_json(request):
        given = request.POST.get("purpose", "")
    else:
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            body = {}
        given = str(body.get("purpose", "")) if isinstance(body, dict) else ""
    known = given in CheckoutPurpose.values
    return CheckoutPurpose(given) if known else CheckoutPurpose.UPGRADE


@require_POST
@require_role(Role.OWNER)
def create_checkout_session(request: HttpRequest) -> HttpResponse:
    """Send the owner to Stripe's checkout; with a card on file, upgrade at once.

    With Stripe off a sign-up simply goes on to the portal: the trial is running there.
    """
    customer, now, purpose = get_customer(request), clock.now(), _purpose(request)

    def work() -> Outcome:
        if purpose == CheckoutPurpose.START and not subsystems.stripe().is_live:
            return Outcome()
        if purpose == CheckoutPurpose.UPGRADE and checkouts.upgrade_now(customer=customer, now=now):
            return Outcome(sentence=UPGRADED, is_good=True)
        try:
            return Outcome(
                checkouts.start_checkout(customer=customer, purpose=purpose, now=now), is_good=True
            )
        except checkouts.AlreadySubscribed:
            return Outcome(sentence=ALREADY, status=409)
        except checkouts.CheckoutBusy:
            return Outcome(sentence=BUSY, status=409)

    return _answer(request, _with_stripe(work))


@require_safe
@require_role(Role.OWNER)
def post_checkout(request: HttpRequest) -> HttpResponse:
    """Back from Checkout: take over the new state at once, then show the portal."""
    customer, session_id = get_customer(request), request.GET.get("session_id", "")
    if not session_id.startswith("cs_"):
        raise Http404("no such checkout")

    def work() -> Outcome:
        try:
            checkouts.complete_checkout(customer=customer, session_id=session_id, now=clock.now())
        except checkouts.NotYourCheckout:
            raise Http404("no such checkout") from None
        return Outcome(sentence="Thank you. Your billing is set up.", is_good=True)

    return _answer(request, _with_stripe(work))


@require_POST
@require_role(Role.OWNER)
def create_billing_portal_session(request: HttpRequest) -> HttpResponse:
    """Send the owner to Stripe's billing portal: card, invoices, cancel."""
    customer = get_customer(request)
    outcome = _with_stripe(
        lambda: Outcome(subscriptions.portal_url(customer=customer, now=clock.now()), is_good=True)
    )
    return _answer(request, outcome)


@require_safe
@require_role(Role.OWNER)
def post_billing(request: HttpRequest) -> HttpResponse:
    """Back from the billing portal: show what was changed there without waiting for news."""
    try:
        sync.sync_customer(customer_id=get_customer(request).pk, now=clock.now())
    except gateway.StripeError:
        # The page shows what we know; the webhook brings the rest.
        logger.exception("[STRIPE][UNAVAILABLE]")
    return redirect(PORTAL)
