"""Received mail goes its way: read, recorded, and everything that follows from it done.

1. parse: the bytes become a sender, a text and a few headers (`classify.mail`),
2. match: the one conversation that the mail belongs to, or none (`matching`),
3. classify: what it means, by the rules or by the model that was asked (`classify`),
4. lock: every customer that it concerns (`locks`),
5. record: the row says what was read, and is pending no more (`record`),
6. handle: what follows from the label (`handle_reply`), or, without a conversation, what
   the customer has to decide (`unmatched`).

The first three only read (`read`). The others are one transaction: a mail is recorded with
all its consequences or not at all, and whatever fails leaves it pending.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from agents.inbox.services import handle_reply, opinions
from agents.inbox.services.follow_ups import resume_next
from agents.inbox.services.handle_reply.context import ReplyContext
from agents.inbox.services.locks import lock_customers
from agents.inbox.services.matching import find_owner
from agents.inbox.services.read import read
from agents.inbox.services.reclassify import reclassify_next
from agents.inbox.services.record import record_matched, record_unmatched
from agents.inbox.services.unmatched import handle_unmatched
from agents.models import Conversation, InboundMessage
from agents.states import InboundStatus

if TYPE_CHECKING:
    from datetime import datetime

    from agents.inbox.services.matching import Match
    from agents.inbox.services.read import Reading

logger = logging.getLogger("agents.inbound")

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# After so many failures a person should look; the mail stays pending and is still tried.
MAX_ATTEMPTS = 5
# What the column holds; the wait is the longest long before.
_MOST_ATTEMPTS = 1_000


def process_next(*, now: datetime) -> bool:
    """Take the pending mail that waits longest its whole way; False when nothing is due.

    When no mail is due, a conversation that asked to be reminded of by now is looked at,
    then history that older rules have read. A mail that cannot be processed is rescheduled
    with its error, and the error is raised for the loop to count.
    """
    pk = (
        InboundMessage.objects.filter(due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None:
        return resume_next(now=now) or reclassify_next(now=now)
    try:
        _process(pk, now=now)
    except Exception as error:
        _reschedule(pk, error=error, now=now)
        raise
    return True


def _process(pk: int, *, now: datetime) -> None:
    inbound = InboundMessage.objects.select_related("conversation__lead").get(pk=pk)
    reading = read(inbound)
    with transaction.atomic():
        lock_customers(reading)
        held = _still_pending(pk, reading=reading, now=now)
        if held is None:
            return
        if reading.match is None:
            owner_id = find_owner(reading.mail, inbound=held)
            record_unmatched(held, reading=reading, owner_id=owner_id, now=now)
            handle_unmatched(held, classification=reading.classification, now=now)
        else:
            label_before = held.label
            record_matched(held, reading=reading, match=reading.match, now=now)
            _handle_matched(
                held, reading=reading, match=reading.match, label_before=label_before, now=now
            )


def _still_pending(pk: int, *, reading: Reading, now: datetime) -> InboundMessage | None:
    """The row, held; None when somebody else has processed it, or when the model has
    answered since it was read: it is read again then."""
    held: InboundMessage | None = (
        InboundMessage.objects.select_for_update()
        .filter(pk=pk, status=InboundStatus.PENDING, due_at__lte=now)
        .first()
    )
    if held is None or opinions.get_opinion(held) != reading.opinion:
        return None
    return held


def _handle_matched(
    inbound: InboundMessage, *, reading: Reading, match: Match, label_before: str, now: datetime
) -> None:
    conversation = Conversation.objects.select_related("lead__customer", "customer").get(
        pk=match.conversation.pk
    )
    handle_reply.handle_reply(
        ReplyContext(
            inbound=inbound,
            mail=reading.mail,
            classification=reading.classification,
            conversation=conversation,
            message=match.message,
            label_before=label_before,
            now=now,
        )
    )
    logger.info(
        "[INBOUND][%s] conversation=%s lead_id=%s by=%s%s",
        reading.classification.label.value.upper(),
        conversation.pk,
        conversation.lead_id,
        match.by,
        " SIMULATED" if inbound.is_simulated else "",
    )
    if reading.opinion is None:
        opinions.request_opinion(inbound=inbound, classification=reading.by_rules, now=now)
    else:
        opinions.record_decider(inbound=inbound, by_rules=reading.by_rules.label)


def _reschedule(pk: int, *, error: Exception, now: datetime) -> None:
    pending = InboundMessage.objects.filter(pk=pk, status=InboundStatus.PENDING)
    inbound = pending.first()
    if inbound is None:
        return
    wait = min(FIRST_RETRY * 4**inbound.attempts, LONGEST_RETRY)
    pending.update(
        due_at=now + wait,
        attempts=min(inbound.attempts + 1, _MOST_ATTEMPTS),
        error=f"{type(error).__name__}: {error}"[:2_000],
    )
