"""Which step each due lead gets next, and its copy."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Customer
from agents.mode import get_clock
from agents.models import Lead, Message, Profile
from agents.outreach.gate import WAITS_FOR_A_PERSON
from agents.outreach.services.send.render import opt_out_url
from agents.outreach.services.send.threads import open_conversation
from agents.sequence import DELAYS
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    MESSAGE_OUT,
    HoldCode,
    LeadStatus,
    MessageMode,
    MessageStatus,
)
from agents.suppression.selectors import keys_of, suppressed_hashes
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.briefs import message_brief
from agents.writing.services import Copy, write_message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger("agents.bizdev")

# Messages that wait for their turn; more are not written ahead of time.
BACKLOG_CYCLES = 2
_BACKLOG_WITHIN = timedelta(days=4)
TRY_AGAIN = timedelta(hours=1)


def requeue_leads_after_mode_change(*, customer: Customer, mode: MessageMode, now: datetime) -> int:
    """The customer's mode changed (it paid, or stopped paying): every open real lead is
    due, because what was a dry run is planned anew and the reverse. Counts the leads.

    The first time there is nothing to look at again.
    """
    before = customer.profile.outreach_mode
    with transaction.atomic():
        Customer.objects.lock(customer.pk)
        Profile.objects.filter(pk=customer.pk).update(outreach_mode=mode)
        customer.profile.outreach_mode = mode
        if not before:
            return 0
        return (
            Lead.objects.for_customer(customer)
            .filter(status__in=LEAD_OPEN_TO_OUTREACH, is_fictional=False, next_action_at=None)
            .exclude(email="")
            .update(next_action_at=now)
        )


def plan_leads(
    *, customer: Customer, leads: Sequence[Lead], mode: MessageMode, now: datetime
) -> dict[str, int]:
    """Write the next message of each lead; counts what was planned, held and closed.

    A lead whose copy lacks a fact gets a held row that names it. One bad lead never stops
    the others.
    """
    room = BACKLOG_CYCLES * settings.CONFIG.MAX_EMAILS_PER_CYCLE - _backlog(customer, now=now)
    leads = leads[: max(0, room)]
    if not leads:
        return {}
    counts = {"planned": 0, "held": 0, "closed": 0, "failed": 0}
    listed = _suppressed(customer, leads)
    histories = _histories(leads)
    for lead in leads:
        try:
            if lead.pk in listed:
                counts["closed"] += _close(lead)
                continue
            lead_mode = MessageMode.DRY_RUN if lead.is_fictional else mode
            step = next_step(histories[lead.pk], lead=lead, mode=lead_mode)
            if step is None:
                _skip(lead)
                continue
            outcome = _plan(customer, lead, step, lead_mode, history=histories[lead.pk], now=now)
        except Exception:  # one bad lead must not stop the others
            logger.exception("planning failed", extra={"lead": lead.pk})
            Lead.objects.filter(pk=lead.pk, status__in=LEAD_OPEN_TO_OUTREACH).update(
                next_action_at=now + TRY_AGAIN
            )
            outcome = "failed"
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _backlog(customer: Customer, *, now: datetime) -> int:
    """Mails that wait for their turn; what a person has to clear first keeps no other from it."""
    waiting = [MessageStatus.PLANNED, MessageStatus.AWAITING_APPROVAL, MessageStatus.QUEUED]
    return (
        Message.objects.for_customer(customer)
        .filter(status__in=waiting, due_at__lte=now + _BACKLOG_WITHIN)
        .exclude(held_code__in=WAITS_FOR_A_PERSON)
        .count()
    )


def _suppressed(customer: Customer, leads: Sequence[Lead]) -> set[int]:
    keys = {lead.pk: set(keys_of(lead.email)) for lead in leads}
    listed = set(suppressed_hashes(hashes=set().union(*keys.values()), customer_ids=[customer.pk]))
    return {pk for pk, mine in keys.items() if mine & listed}


def _histories(leads: Sequence[Lead]) -> dict[int, list[Message]]:
    """Every lead's messages that count, oldest step first."""
    found: dict[int, list[Message]] = {lead.pk: [] for lead in leads}
    rows = Message.objects.filter(lead__in=found).exclude(status=MessageStatus.CANCELED)
    for message in rows.order_by("step", "pk"):
        found[message.lead_id].append(message)
    return found


def next_step(history: Sequence[Message], *, lead: Lead, mode: MessageMode) -> int | None:
    """The step to write now, or None while there is none.

    The next step follows one that went out; a failed, skipped or uncertain one ends the
    sequence until somebody resolves it. A dry run of a real lead shows the opener only,
    and only to leads that nobody has really written to: their state must not move.
    """
    if not lead.email:
        return None
    mine = [message for message in history if message.mode == mode]
    was_written_to = any(message.mode == MessageMode.LIVE for message in history)
    is_shown_only = mode == MessageMode.DRY_RUN and not (
        lead.is_fictional and settings.CONFIG.sandbox_world_on
    )
    if is_shown_only and (mine or was_written_to):
        return None
    if not mine:
        return 0
    last = mine[-1]
    is_out = last.status in MESSAGE_OUT and last.status not in (
        MessageStatus.SENDING,
        MessageStatus.UNKNOWN,
    )
    return last.step + 1 if is_out and last.step + 1 < len(DELAYS) else None


def _claim(lead: Lead) -> bool:
    """Take the lead's due mark; of several planners one gets it."""
    return bool(
        Lead.objects.filter(
            pk=lead.pk, next_action_at=lead.next_action_at, status__in=LEAD_OPEN_TO_OUTREACH
        ).update(next_action_at=None)
    )


def _skip(lead: Lead) -> None:
    _claim(lead)


def _close(lead: Lead) -> int:
    return sum(
        Lead.objects.filter(pk=lead.pk).move(
            source=status, target=LeadStatus.CLOSED, next_action_at=None
        )
        for status in LEAD_OPEN_TO_OUTREACH
    )


def write(*, customer: Customer, lead: Lead, step: int, opener_subject: str, now: datetime) -> Copy:
    """The copy of one step. Raises `UnresolvedPlaceholder` naming what is missing."""
    conversation = open_conversation(lead=lead, now=now)
    brief = message_brief(
        lead=lead,
        customer=customer,
        step=step,
        opt_out_url=opt_out_url(conversation.token),
        opener_subject=opener_subject,
    )
    return write_message(brief=brief, now=now)


def _plan(
    customer: Customer,
    lead: Lead,
    step: int,
    mode: MessageMode,
    *,
    history: Sequence[Message],
    now: datetime,
) -> str:
    subjects = [m.subject for m in history if m.mode == mode and m.step == 0]
    message = Message(
        customer=customer,
        lead=lead,
        step=step,
        mode=mode,
        subject="",
        body="",
        written_by="",
        created_at=now,
        due_at=now,
    )
    outcome = "planned"
    try:
        # May ask a language model: outside any transaction.
        copy = write(
            customer=customer,
            lead=lead,
            step=step,
            opener_subject=subjects[0] if subjects else "",
            now=now,
        )
        message.subject, message.body = copy.subject[:200], copy.body
        message.written_by = copy.written_by[:40]
    except UnresolvedPlaceholder as missing:
        message.held_code = HoldCode.COPY
        message.held_reason = f"{lead.company}: {missing.fact} is missing. {missing.sentence}"[:300]
        message.due_at = get_clock(is_fictional=lead.is_fictional).after(now, TRY_AGAIN)
        outcome = "held"
    try:
        with transaction.atomic():
            Customer.objects.lock(customer.pk)
            if _claim(lead):
                message.save(force_insert=True)
                return outcome
    except IntegrityError:
        # The step exists already: another planner wrote it, and the lead waits for it.
        _claim(lead)
    return "skipped"
