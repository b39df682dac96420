"""To Stripe's pages and back, for owners only. Everything in between is Stripe's."""

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
OFF = "Payments are turned off here, so nothing can be charged. Contact support to upgrade."
ALREADY = "You already have a subscription. Choose Manage Billing to change it."
BUSY = "Another tab is opening the checkout right now. Try again in a few seconds."
UPGRADED = "Your trial has ended early and your card was charged. Welcome to HossAgent Pro."
REFUSED = "Stripe did not accept this. Nothing was charged. If it happens again, contact support."


@dataclass(frozen=True, slots=True)
class CheckoutAnswer:
    """Where to send the customer, and what to say there: an error unless `is_good`."""

    url: str = PORTAL
    sentence: str = ""
    status: int = 200
    is_good: bool = False


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def _response(request: HttpRequest, answer: CheckoutAnswer) -> HttpResponse:
    """JSON for a JSON request. Otherwise a redirect, with the sentence on the next page."""
    if _wants_json(request):
        body: dict[str, Any] = {"url": answer.url}
        if answer.sentence:
            body["message" if answer.is_good else "error"] = answer.sentence
        return JsonResponse(body, status=answer.status)
    if answer.sentence:
        add_message = messages.success if answer.is_good else messages.error
        add_message(request, answer.sentence)
    response = HttpResponseRedirect(answer.url)
    # See Other, so that the browser requests Stripe's page with GET.
    response.status_code = 303
    return response


def _answer_from(work: Callable[[], CheckoutAnswer]) -> CheckoutAnswer:
    """The answer of `work`, or a sentence for the customer about how Stripe failed."""
    try:
        return work()
    except gateway.StripeIsOff:
        return CheckoutAnswer(sentence=OFF, status=409)
    except gateway.CardDeclined as error:
        sentence = f"{error} Choose Manage Billing to use another card."
        return CheckoutAnswer(sentence=sentence, status=402)
    except gateway.StripeRefused:
        logger.exception("[STRIPE][REFUSED]")
        return CheckoutAnswer(sentence=REFUSED, status=502)
    except gateway.StripeUnavailable:
        logger.exception("[STRIPE][UNAVAILABLE]")
        return CheckoutAnswer(sentence=UNAVAILABLE, status=503)


def _purpose(request: HttpRequest) -> CheckoutPurpose:
    """Only `start` keeps the trial. Anything else pays at once."""
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
    """Send the owner to Stripe's checkout, or upgrade at once with a card on file.

    With Stripe off, a sign-up goes straight to the portal: its trial is running there.
    """
    customer, now, purpose = get_customer(request), clock.now(), _purpose(request)

    def work() -> CheckoutAnswer:
        if purpose == CheckoutPurpose.START and not subsystems.stripe().is_live:
            return CheckoutAnswer()
        if purpose == CheckoutPurpose.UPGRADE and checkouts.upgrade_now(customer=customer, now=now):
            return CheckoutAnswer(sentence=UPGRADED, is_good=True)
        try:
            return CheckoutAnswer(
                checkouts.start_checkout(customer=customer, purpose=purpose, now=now), is_good=True
            )
        except checkouts.AlreadySubscribed:
            return CheckoutAnswer(sentence=ALREADY, status=409)
        except checkouts.CheckoutBusy:
            return CheckoutAnswer(sentence=BUSY, status=409)

    return _response(request, _answer_from(work))


@require_safe
@require_role(Role.OWNER)
def post_checkout(request: HttpRequest) -> HttpResponse:
    """Back from Checkout: fetch the new state at once, then show the portal."""
    customer, session_id = get_customer(request), request.GET.get("session_id", "")
    if not session_id.startswith("cs_"):
        raise Http404("no such checkout")

    def work() -> CheckoutAnswer:
        try:
            checkouts.complete_checkout(customer=customer, session_id=session_id, now=clock.now())
        except checkouts.NotYourCheckout:
            raise Http404("no such checkout") from None
        return CheckoutAnswer(sentence="Thank you. Your billing is set up.", is_good=True)

    return _response(request, _answer_from(work))


@require_POST
@require_role(Role.OWNER)
def create_billing_portal_session(request: HttpRequest) -> HttpResponse:
    """Send the owner to Stripe's billing portal: card, invoices, cancel."""
    customer = get_customer(request)
    answer = _answer_from(
        lambda: CheckoutAnswer(
            subscriptions.portal_url(customer=customer, now=clock.now()), is_good=True
        )
    )
    return _response(request, answer)


@require_safe
@require_role(Role.OWNER)
def post_billing(request: HttpRequest) -> HttpResponse:
    """Back from the billing portal: show its changes without waiting for the webhook."""
    try:
        sync.sync_customer(customer_id=get_customer(request).pk, now=clock.now())
    except gateway.StripeError:
        # The page shows what we know. The webhook brings the rest.
        logger.exception("[STRIPE][UNAVAILABLE]")
    return redirect(PORTAL)
