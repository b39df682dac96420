"""The point of no return: the gate asked again, slots taken, identity stored, committed.

One short transaction under the customer's lock. What it returns may touch the network;
what it refuses is put away; a dry run is recorded right here and never gets further.
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
from agents.outreach.selectors.gather import DOMAIN_GAP, get_send_facts, known_zone, quota_mode
from agents.outreach.services.send.hold import refuse
from agents.outreach.services.send.limits import (
    lock_mailbox,
    reserve_day,
    reserve_hour,
    reserve_pace,
)
from agents.outreach.services.send.record import record_dry_runs
from agents.outreach.services.send.render import find_problems
from agents.outreach.services.send.threads import open_conversation
from agents.states import MessageMode, MessageStatus, QuotaMode
from hossagent.lib.calendars import local_day
from hossagent.lib.mail_domains import is_free_mail

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
    """Move claimed rows of one customer past the gate; returns those that may leave now.

    Returned rows are SENDING, with Message-ID, counters and fence committed. Rows whose
    lease was taken over are left alone.
    """
    with transaction.atomic():
        Customer.objects.lock(claimed[0].customer_id)
        rows = _reload(claimed, now=now)
        if not rows:
            return []
        mailbox = None
        if any(row.mode == MessageMode.LIVE for row in rows):
            # One mail leaves a mailbox after the other, whichever worker has it: the pace,
            # the gaps between customers and domains are asked under this lock.
            mailbox = lock_mailbox(address=get_sender_address(), now=now)
        config = settings.CONFIG
        problems = {row.pk: find_problems(row, config) for row in rows}
        facts = get_send_facts(messages=rows, now=now, problems=problems, mailbox=mailbox)
        leaving: list[Message] = []
        for mode in MessageMode:
            passed = _pass_gate([row for row in rows if row.mode == mode], facts=facts)
            if passed and mode == MessageMode.DRY_RUN:
                _set_message_ids(passed)
                record_dry_runs(passed, facts=facts, now=now)
            elif passed:
                leaving = _start(passed, now=now)
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


def _pass_gate(rows: Sequence[Message], *, facts: dict[int, SendFacts]) -> list[Message]:
    """Those of `rows` that the gate lets through, with their slots reserved.

    The rows of a batch share counters, so each is asked with what the ones before it took.
    """
    if not rows:
        return []
    fit: dict[QuotaMode, list[Message]] = {}
    domains: set[str] = set()
    for row in rows:
        before = fit.setdefault(quota_mode(mode=row.mode, speed=facts[row.pk].speed), [])
        asked = _with_taken(facts[row.pk], len(before), domains=domains)
        refusal = gate.check_send(asked)
        if refusal is not None:
            refuse(row, refusal=refusal, facts=asked)
            continue
        if not is_free_mail(asked.mail_domain):
            domains.add(asked.mail_domain)
        before.append(row)
    passed: list[Message] = []
    for counter, mine in fit.items():
        passed += _reserve(mine, counter=counter, facts=facts)
    if rows[0].mode == MessageMode.LIVE and passed:
        now = facts[rows[0].pk].now
        reserve_pace(address=get_sender_address(), taken=len(passed), now=now)
    return passed


def _reserve(
    rows: Sequence[Message], *, counter: QuotaMode, facts: dict[int, SendFacts]
) -> Sequence[Message]:
    """Take the hour's slots for `rows` and count them on the customer's day; returns those
    that got one. The last ones go without when other workers were faster."""
    if not rows:
        return rows
    first = facts[rows[0].pk]
    got = reserve_hour(mode=counter, wanted=len(rows), limit=first.hour_limit, now=first.now)
    for row in rows[got:]:
        lost = replace(facts[row.pk], hour_used=first.hour_limit)
        refusal = gate.hourly_cap(lost)
        assert refusal is not None, "the hour is used up"
        refuse(row, refusal=refusal, facts=lost)
    if got:
        reserve_day(customer=rows[0].customer, mode=counter, facts=first, taken=got)
    return rows[:got]


def _with_taken(facts: SendFacts, taken: int, *, domains: set[str]) -> SendFacts:
    """The facts as they are after the rows of this batch that go first; as they were when
    those change no answer."""
    is_domain_taken = facts.mail_domain in domains
    left = min(
        facts.day_limit - facts.day_used,
        facts.cycle_limit - facts.cycle_used,
        facts.hour_limit - facts.hour_used,
    )
    if taken < left and not is_domain_taken:
        return facts
    gap = facts.now + DOMAIN_GAP if is_domain_taken else facts.domain_gap_until
    return replace(
        facts,
        domain_gap_until=gap,
        day_used=facts.day_used + taken,
        cycle_used=facts.cycle_used + taken,
        hour_used=facts.hour_used + taken,
    )


def _set_message_ids(rows: Sequence[Message]) -> str:
    """Give each row a Message-ID of our own host, not to be guessed, before it can leave."""
    nonce = secrets.token_hex(8)
    tail = f".{nonce}@{settings.CONFIG.host}>"
    for row in rows:
        row.message_id = f"<{row.pk}{tail}"
    return tail


def _start(rows: Sequence[Message], *, now: datetime) -> list[Message]:
    tail = _set_message_ids(rows)
    day = local_day(now, known_zone(rows[0].customer.timezone))
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
    return list(rows)
