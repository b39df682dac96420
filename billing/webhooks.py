"""`/stripe/webhook`: verify, store the event as a row, answer. Nothing else."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import stripe
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import gateway
from billing.services import events
from hossagent import subsystems
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = logging.getLogger("billing.webhooks")

# Stripe's default tolerance, and a little for clocks that disagree.
OLDEST = timedelta(minutes=5)
FURTHEST_AHEAD = timedelta(minutes=1)
PATH = "/stripe/webhook"
LARGEST = 512 * 1024


class Refused(Exception):
    """The request is not a genuine event for us. Nothing is stored for it."""

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, or when it is of a type that we do not handle.

    404 while Stripe is off, 503 without a webhook secret, 500 when the row could not be
    stored (Stripe then sends it again), otherwise 4xx with nothing stored.
    """
    if not subsystems.stripe().is_live:
        return _answer("Stripe is off.", status=404)
    now = clock.now()
    try:
        body = _read(request)
        _verify(body, request.headers.get("Stripe-Signature", ""), now)
        event = _parse(body)
    except Refused as reason:
        logger.warning("[STRIPE][WEBHOOK_REFUSED] status=%s reason=%s", reason.status, reason)
        return _answer(str(reason), status=reason.status)
    if event["type"] not in events.HANDLED:
        logger.info("[STRIPE][EVENT] event=%s type=%s outcome=skipped", event["id"], event["type"])
        return _answer("Not handled.")
    try:
        events.store_event(event=event, body=body, now=now)
    except DatabaseError:
        logger.exception("[STRIPE][EVENT_NOT_STORED] event=%s", event["id"])
        return _answer("Could not be stored; send it again.", status=500)
    return _answer("Stored.")


class WebhookFirst:
    """Middleware that answers the webhook before sessions, sign-in and page headers, which
    a machine that signs its requests does not need (benchmarks/webhook.py says what they
    cost). Comes right after Django's SecurityMiddleware, so that plain HTTP is still
    refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH:
            request.answered_as = "billing:stripe_webhook"  # type: ignore[attr-defined] # for the log
            return stripe_webhook(request)
        return self.get_response(request)


def _answer(sentence: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain")


def _read(request: HttpRequest) -> str:
    if request.content_type != "application/json":
        raise Refused("Expected application/json.", status=415)
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Refused("Expected a Content-Length.", status=411) from None
    if length > LARGEST:
        raise Refused("Too large.", status=413)
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("Expected UTF-8.") from None


def _verify(body: str, header: str, now: datetime) -> None:
    """Check the signature over the raw body, then the age of its timestamp."""
    secret = settings.CONFIG.STRIPE_WEBHOOK_SECRET.get_secret_value()
    if not secret:
        raise Refused("STRIPE_WEBHOOK_SECRET is not set: events cannot be verified.", status=503)
    try:
        # No tolerance here: the SDK would read the system clock, and accept the future.
        stripe.WebhookSignature.verify_header(body, header, secret, None)
    except (stripe.SignatureVerificationError, ValueError):
        raise Refused("The signature does not match.") from None
    stamp = next(part[2:] for part in header.split(",") if part.startswith("t="))
    try:
        signed_at = datetime.fromtimestamp(int(stamp), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("The signature's time is not a time.") from None
    if not now - OLDEST <= signed_at <= now + FURTHEST_AHEAD:
        raise Refused("The signature is too old, or from the future.")


def _parse(body: str) -> dict[str, Any]:
    """A snapshot event of our mode, with everything that its row needs."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("Expected JSON.") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise Refused("Expected an event.")
    if not _has_texts(event) or not isinstance(event.get("livemode"), bool):
        raise Refused("The event is incomplete.")
    if event["livemode"] is not gateway.is_live_mode():
        raise Refused("The event is of the other mode (test or live).")
    return event


def _has_texts(event: dict[str, Any]) -> bool:
    texts = [event.get("id"), event.get("type")]
    subject = event.get("data")
    subject = subject.get("object") if isinstance(subject, dict) else None
    return (
        all(isinstance(text, str) and 0 < len(text) <= 80 for text in texts)  # noqa: PLR2004 # the columns' width
        and isinstance(subject, dict)
        and isinstance(event.get("created"), int | None)
        and isinstance(event.get("api_version"), str | None)
    )
