"""Circuit breakers: what the numbers say stops sending, and only a person starts it again.

Rates have sample floors, because two bounces of three mails say nothing. A refused log-in
or a reputation answer needs no sample: the next mail would make it worse.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.states import AuditAction
from agents.models import Breaker, DeliveryEvent, Message
from agents.states import DeliveryKind, MessageMode, MessageStatus

if TYPE_CHECKING:
    from agents.mailboxes.services.transports import SendOutcome

logger = logging.getLogger("agents.email")

WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of the mails that left which stops sending, once `floor` have left."""

    code: str
    kind: DeliveryKind
    floor: int
    share: float
    words: str


# Field practice: pause at 5 % bounces after 50 mails; mailbox providers act on complaints
# at 0.3 %. Across all customers the same shares count, with a larger sample.
RATES = (
    Rate("bounces", DeliveryKind.BOUNCED, 50, 0.05, "bounced"),
    Rate("complaints", DeliveryKind.COMPLAINED, 100, 0.003, "were reported as spam"),
)
ALL_FLOOR = 2
ABOUT_US = {
    "auth": "The mail server refuses our login. Check the credentials.",
    "reputation": (
        "A mail server refuses our email for policy or reputation reasons. Check the domain."
    ),
}
ALL = "all"


def trip(*, code: str, scope: str, sentence: str, numbers: dict[str, Any], now: datetime) -> bool:
    """Open a breaker, and mail the operator; False when it was open already.

    In the caller's transaction, so a trip that is not committed is not told of either.
    """
    try:
        with transaction.atomic():
            breaker = Breaker.objects.create(
                code=code, scope=scope, sentence=sentence[:300], numbers=numbers, tripped_at=now
            )
    except IntegrityError:
        return False
    logger.error("[EMAIL][BREAKER] scope=%s code=%s numbers=%s", scope, code, numbers)
    audit.record(
        AuditAction.BREAKER_TRIPPED,
        at=now,
        actor="system",
        customer_id=_customer_id(scope),
        change=audit.Change(
            after={"scope": scope, "code": code, "numbers": numbers}, note=sentence
        ),
    )
    _notify_operator(breaker, now=now)
    return True


def _customer_id(scope: str) -> int | None:
    return int(scope.partition(":")[2]) if ":" in scope else None


def _notify_operator(breaker: Breaker, *, now: datetime) -> None:
    """One mail for each trip, when there is an address to mail to; the console shows
    the breaker either way."""
    to = settings.CONFIG.OPERATOR_EMAIL
    if not to:
        return
    customer_id = _customer_id(breaker.scope)
    queue_mail(
        AccountEmail(
            kind="agents/breaker_tripped",
            to=to,
            context={
                "breaker": breaker,
                "company": Customer.objects.values_list("company", flat=True).get(pk=customer_id)
                if customer_id
                else "",
                "numbers": [
                    (name.replace("_", " "), value) for name, value in breaker.numbers.items()
                ],
            },
        ),
        dedupe_key=f"breaker:{breaker.pk}",
        now=now,
    )


def trip_for_outcome(*, outcome: SendOutcome, error: str, now: datetime) -> bool:
    """Stop everything after an answer that is about us, not about the mail."""
    sentence = ABOUT_US.get(outcome.value)
    if sentence is None:
        return False
    return trip(
        code=outcome.value, scope=ALL, sentence=sentence, numbers={"answer": error[:200]}, now=now
    )


def check_rates(*, customer_id: int, now: datetime) -> list[str]:
    """Open what the last week's numbers call for; the codes of what was opened."""
    opened = []
    for scope, filters, factor in (
        (f"customer:{customer_id}", {"customer_id": customer_id}, 1),
        (ALL, {}, ALL_FLOOR),
    ):
        for rate in RATES:
            numbers = get_rate(rate=rate, scope=scope, filters=filters, now=now)
            if numbers["sent"] < rate.floor * factor:
                continue
            if numbers["count"] / numbers["sent"] < rate.share:
                continue
            sentence = (
                f"{numbers['count']} of {numbers['sent']} emails {rate.words} since "
                f"{numbers['since'][:10]}. Sending has stopped until a person checks."
            )
            if trip(code=rate.code, scope=scope, sentence=sentence, numbers=numbers, now=now):
                opened.append(rate.code)
    return opened


def get_rate(*, rate: Rate, scope: str, filters: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Mails that left and what came back, within a week and since the last reset."""
    rearmed = (
        Breaker.objects.filter(scope=scope, code=rate.code, rearmed_at__isnull=False)
        .values_list("rearmed_at", flat=True)
        .first()
    )
    since = max(filter(None, (now - WINDOW, rearmed)))
    sent = Message.objects.filter(
        sending_at__gte=since,
        mode=MessageMode.LIVE,
        status__in=[MessageStatus.SENT, MessageStatus.UNKNOWN, MessageStatus.FAILED],
        **filters,
    )
    back = DeliveryEvent.objects.filter(
        kind=rate.kind,
        message__sending_at__gte=since,
        **{f"message__{name}": value for name, value in filters.items()},
    )
    count = back.values("message").distinct().count()
    return {"sent": sent.count(), "count": count, "since": since.isoformat()}


def reset_breaker(*, breaker: Breaker, by: str, now: datetime, note: str = "") -> bool:
    """Close a breaker by a person's decision; its numbers go into the audit trail. Rates
    count anew from here."""
    with transaction.atomic():
        changed = Breaker.objects.filter(pk=breaker.pk, rearmed_at=None).update(
            rearmed_at=now, rearmed_by=by
        )
        if changed:
            audit.record(
                AuditAction.BREAKER_RESET,
                at=now,
                actor=by,
                customer_id=_customer_id(breaker.scope),
                subject=breaker,
                change=audit.Change(
                    before={
                        "code": breaker.code,
                        "scope": breaker.scope,
                        "numbers": breaker.numbers,
                    },
                    note=note,
                ),
            )
    return bool(changed)
