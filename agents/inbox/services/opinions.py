"""A language model is asked what a reply means, where the rules are not sure.

1. The rules act first, in the transaction that reads the mail: the sequence has stopped and
   a person has been notified before anybody is asked. The mail is put on the model's list.
2. The model is asked outside any transaction, and its opinion recorded.
3. An opinion that changes the label makes the mail pending again, so that its consequences
   follow like those of any other reading.

Nothing is asked about opt-outs, complaints, reports and automatic answers, and none of them
can be overruled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from accounts.models import Customer
from agents.inbox.classify import SURE, relabel
from agents.models import InboundMessage, SecondOpinion
from agents.states import HUMAN_REPLIES, Decider, InboundStatus, ReplyLabel
from agents.writing.services import (
    Opinion,
    get_second_opinion,
    looks_like_instructions,
    resolve_label,
)
from billing.entitlements import can_run_agent_for
from hossagent import subsystems

if TYPE_CHECKING:
    from datetime import date, datetime

    from agents.inbox.classify import Classification

# Longer than the model may take, its retry included.
CLAIMED_FOR = timedelta(minutes=5)
# A worker that died while asking is followed by one more; then the rules' word stands.
MAX_ATTEMPTS = 2


def request_opinion(
    *, inbound: InboundMessage, classification: Classification, now: datetime
) -> None:
    """Put the mail on the model's list, once; in the transaction that has read it."""
    if not inbound.is_simulated and _is_doubtful(classification) and subsystems.writer().is_live:
        SecondOpinion.objects.get_or_create(inbound=inbound, defaults={"due_at": now})


def get_opinion(inbound: InboundMessage) -> SecondOpinion | None:
    """The opinion on this mail once it is decided, as the database has it."""
    opinion: SecondOpinion | None = (
        SecondOpinion.objects.filter(pk=inbound.pk).exclude(decided_by="").first()
    )
    return opinion


def _is_doubtful(classification: Classification) -> bool:
    """A person wrote something that the rules are not sure about.

    Text that gives orders to a machine is shown to no machine.
    """
    return (
        classification.label in HUMAN_REPLIES
        and classification.confidence < SURE
        and bool(classification.text.strip())
        and not looks_like_instructions(classification.text)
    )


def apply_opinion(
    by_rules: Classification, *, opinion: SecondOpinion | None, today: date
) -> Classification:
    """What to act on: the rules' word, or theirs relabelled by a model that is sure."""
    if opinion is None or not opinion.label:
        return by_rules
    said = Opinion(ReplyLabel(opinion.label), opinion.confidence or 0.0, "", "", 0)
    label = resolve_label(by_rules.label, opinion=said)
    if label == by_rules.label:
        return by_rules
    return relabel(by_rules, label, confidence=said.confidence, today=today)


def ask_next(*, now: datetime) -> bool:
    """Ask about the mail that waits longest; False when none is due.

    Claim, commit, ask, record. Whatever goes wrong with the model, the rules decide.
    """
    waiting = (
        SecondOpinion.objects.filter(due_at__lte=now)
        .select_related("inbound__customer__subscription")
        .defer("inbound__raw")
        .order_by("due_at", "pk")
        .first()
    )
    if waiting is None:
        return False
    is_last = waiting.attempts >= MAX_ATTEMPTS
    claimed = SecondOpinion.objects.filter(
        pk=waiting.pk, due_at=waiting.due_at, attempts=waiting.attempts
    ).update(due_at=now + CLAIMED_FOR, attempts=F("attempts") + 1)
    if not claimed:
        return True  # somebody else is asking
    waiting.attempts += 1
    customer, said = waiting.inbound.customer, None
    assert customer is not None  # only mail that was matched is on the list
    if not is_last and can_run_agent_for(customer, now=now):
        text = waiting.inbound.text
        said = get_second_opinion(customer_id=customer.pk, text=text, now=now)
    _record_opinion(waiting, said, customer=customer, now=now)
    return True


def _record_opinion(
    waiting: SecondOpinion, said: Opinion | None, *, customer: Customer, now: datetime
) -> None:
    """Write the opinion down and, where it counts, make the mail pending again."""
    inbound = waiting.inbound
    with transaction.atomic():
        # The customer first, then its rows: the order of everybody who reads mail.
        Customer.objects.lock(customer.pk)
        labels = InboundMessage.objects.filter(pk=inbound.pk).values_list("label", flat=True)
        label = ReplyLabel(labels.get())
        resolved = resolve_label(label, opinion=said)
        recorded = SecondOpinion.objects.filter(
            pk=waiting.pk, attempts=waiting.attempts, decided_by=""
        ).update(
            due_at=None,
            answered_at=now,
            decided_by=Decider.RULES if resolved == label else Decider.MODEL,
            label=said.label if said else "",
            confidence=said.confidence if said else None,
            words=said.words if said else "",
            model=said.model if said else "",
            cost_micros=said.cost_micros if said else 0,
        )
        if recorded and resolved != label:
            InboundMessage.objects.filter(pk=inbound.pk).move(
                source=InboundStatus.PROCESSED,
                target=InboundStatus.PENDING,
                due_at=now,
                attempts=0,
                processed_at=None,
            )


def record_decider(*, inbound: InboundMessage, by_rules: ReplyLabel) -> None:
    """Whose word the label is, of a mail that was read again."""
    SecondOpinion.objects.filter(pk=inbound.pk).exclude(decided_by="").update(
        decided_by=Decider.RULES if inbound.label == by_rules else Decider.MODEL
    )
