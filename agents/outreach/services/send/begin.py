"""The point of no return: facts gathered once, the gate asked once, the slots reserved.

One short transaction under the customer's lock. What it returns may touch the network.
What the gate holds is written down with its reason. A dry run ends right here.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, F, OuterRef, Value
from django.db.models.functions import Cast, Concat, StrIndex, Substr

from accounts.models import Customer
from agents.mode import get_sender_address
from agents.models import Lead, Message
from agents.outreach import gate
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.services.send.batches import Taken
from agents.outreach.services.send.dry_run import record_dry_runs
from agents.outreach.services.send.hold import record_hold
from agents.outreach.services.send.limits import (
    lock_mailbox,
    reserve_day,
    reserve_hour,
    reserve_pace,
)
from agents.outreach.services.send.render import find_problems
from agents.outreach.services.send.threads import open_conversation
from agents.states import MessageMode, MessageStatus, QuotaMode
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.outreach.gate import SendFacts
    from agents.outreach.services.send.claim import Claimed

# What the gate, the mail and the record of its result need of a message, its lead and their
# conversation. The rest, long texts among it, would be read for nothing.
_READ = (
    *("customer", "step", "mode", "status", "subject", "body", "due_at", "held_code"),
    *("approved_at", "fence", "message_id", "transport", "tries", "created_at"),
    *("sending_at", "counted_on", "delivery"),
    *("lead__customer", "lead__company", "lead__contact_name", "lead__email"),
    *("lead__country", "lead__timezone", "lead__email_key", "lead__domain"),
    *("lead__address_check", "lead__address_flags", "lead__status", "lead__is_fictional"),
    *("lead__replied_at", "lead__conversation__token", "lead__conversation__status"),
)

# `mail_domain` of the address, for a batch in one statement.
_MAIL_DOMAIN = Lead.objects.filter(pk=OuterRef("lead_id")).values(
    mail_domain=Substr("email_key", StrIndex("email_key", Value("@")) + Value(1))
)

# After this a SENDING row without a result is UNKNOWN: longer than any send can take.
GRACE = timedelta(minutes=10)


def begin(claimed: Sequence[Claimed], *, now: datetime) -> list[Message]:
    """Take claimed rows of one customer past the gate; returns those that may leave now.

    Returned rows are SENDING, with Message-ID, counters and fence committed. Rows whose
    lease was taken over are left alone.
    """
    with transaction.atomic():
        Customer.objects.lock(claimed[0].customer_id)
        rows = _reload(claimed, now=now)
        if not rows:
            return []
        facts = _gather(rows, now=now)
        passed = _past_the_gate(rows, facts=facts)
        leaving: list[Message] = []
        # Always in this order: workers share the hours' rows, and lock them one by one.
        for counter in QuotaMode:
            mine = [row for row in passed if facts[row.pk].limits.counter == counter]
            reserved = _with_slots(mine, facts=facts, now=now)
            if not reserved:
                continue
            message_id_tail = _set_message_ids(reserved)
            if counter == QuotaMode.LIVE:
                _start(
                    reserved, zone=facts[reserved[0].pk].limits.zone, now=now, tail=message_id_tail
                )
                leaving = reserved
            else:
                record_dry_runs(reserved, facts=facts, now=now)
    return leaving


def _reload(claimed: Sequence[Claimed], *, now: datetime) -> list[Message]:
    """The rows as they are now, still CLAIMED under our fence, in the order of the claim."""
    fences = {row.pk: row.fence for row in claimed}
    rows = (
        Message.objects.filter(pk__among=fences, status=MessageStatus.CLAIMED)
        .select_related("lead__conversation")
        .only(*_READ)
        .select_for_update(of=("self",))
        .order_by("due_at", "pk")
    )
    kept = [row for row in rows if row.fence == fences[row.pk]]
    if kept:
        # One customer for all of them; read after its lock, so as it is now.
        customer = Customer.objects.select_related("profile", "subscription").get(
            pk=kept[0].customer_id
        )
        for row in kept:
            row.customer = customer
            if not hasattr(row.lead, "conversation"):
                open_conversation(lead=row.lead, now=now)
    return kept


def _gather(rows: Sequence[Message], *, now: datetime) -> dict[int, SendFacts]:
    """All that the gate asks about `rows`."""
    mailbox = None
    if any(row.mode == MessageMode.LIVE for row in rows):
        # One email leaves a mailbox after the other, whichever worker has it: the pace, the
        # gaps between customers and domains are asked under this lock.
        mailbox = lock_mailbox(address=get_sender_address(), now=now)
    config = settings.CONFIG
    problems = {row.pk: find_problems(row, config=config) for row in rows}
    return get_send_facts(messages=rows, now=now, problems=problems, mailbox=mailbox)


def _past_the_gate(rows: Sequence[Message], *, facts: dict[int, SendFacts]) -> list[Message]:
    """Those of `rows` that the gate lets through; the others keep its reason.

    They share counters, so each is asked with what the ones before it take.
    """
    passed: list[Message] = []
    taken = Taken()
    for row in rows:
        asked = taken.facts_after(facts[row.pk])
        hold = gate.check_send(asked)
        if hold is not None:
            record_hold(row, hold=hold, facts=asked)
            continue
        taken.add(asked)
        passed.append(row)
    return passed


def _with_slots(
    rows: list[Message], *, facts: dict[int, SendFacts], now: datetime
) -> list[Message]:
    """Those of `rows` that got a slot of the hour; they are counted on the customer's day.

    The last ones go without when other workers were faster.
    """
    if not rows:
        return []
    first = facts[rows[0].pk]
    limits = first.limits
    got = reserve_hour(mode=limits.counter, wanted=len(rows), limit=limits.hour_limit, now=now)
    for row in rows[got:]:
        full = replace(facts[row.pk].limits, hour_used=limits.hour_limit)
        lost = replace(facts[row.pk], limits=full)
        record_hold(row, hold=gate.hour_used_up(lost), facts=lost)
    if got:
        reserve_day(customer=rows[0].customer, limits=limits, taken=got, now=now)
    if got and first.is_live:
        reserve_pace(address=first.sender.address, taken=got, now=now)
    return rows[:got]


def _set_message_ids(rows: Sequence[Message]) -> str:
    """Give each row a Message-ID of our own host, not to be guessed, before it can leave.

    Returns what stands behind the row's key in it.
    """
    tail = f".{secrets.token_hex(8)}@{settings.CONFIG.host}>"
    for row in rows:
        row.message_id = f"<{row.pk}{tail}"
    return tail


def _start(rows: Sequence[Message], *, zone: str, tail: str, now: datetime) -> None:
    """CLAIMED → SENDING: from here on a row is never sent again by itself."""
    day = local_day(now, zone)
    moved = Message.objects.filter(pk__among=[row.pk for row in rows]).move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.SENDING,
        message_id=Concat(Value("<"), Cast(F("pk"), CharField()), Value(tail)),
        sending_at=now,
        counted_on=day,
        due_at=now + GRACE,
        transport=str(settings.CONFIG.EMAIL_MODE),
        recipient_domain=_MAIL_DOMAIN,
        held_code="",
        held_reason="",
    )
    assert moved == len(rows), "the rows are locked and were CLAIMED"
    for row in rows:
        row.status, row.sending_at, row.counted_on = MessageStatus.SENDING, now, day
