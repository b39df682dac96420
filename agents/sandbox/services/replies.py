"""The sandbox world's rows: who will answer what and when, and the answers themselves.

Only mail that never left, to leads that do not exist, outside release mode. Answers enter
through the same inbound path as real mail and are labelled SIMULATED.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from agents.inbox.services.store import receive
from agents.mode import get_clock
from agents.models import Conversation, Lead, Message, SandboxReaction
from agents.sandbox.internet import Letter, Persona, choose_persona, reaction_delay, write_mail
from agents.states import InboundSource, MessageStatus

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

logger = logging.getLogger("agents.sandbox")

SEED = 1


def reply_next(*, now: datetime) -> bool:
    """Handle the dry run whose time has come next; False when there is none.

    A new one gets its persona and the time of its answer; one whose persona is due gets
    the mail. With the sandbox world off nobody answers, also not what was scheduled before.
    """
    if not settings.CONFIG.sandbox_world_on:
        return False
    return _cast_next() or _answer_next(now=now)


def _cast_next() -> bool:
    """Decide who reads the next dry run and when the answer is due; never, when nobody
    answers. False when every dry run has its reader."""
    with transaction.atomic():
        reaction = _next(SandboxReaction.objects.filter(persona="").order_by("answered_at", "pk"))
        if reaction is None:
            return False
        message, lead = reaction.message, reaction.message.lead
        # Rows of early 0.2.0 were due instead.
        left_at = reaction.answered_at or reaction.due_at
        assert left_at is not None, "a constraint says that one of them is set"
        delay = None
        reaction.persona = Persona.SILENT
        if _is_ours(message):
            reaction.persona = choose_persona(
                seed=SEED,
                customer=lead.customer_id,
                ordinal=Lead.objects.filter(customer_id=lead.customer_id, pk__lt=lead.pk).count(),
                step=message.step,
            )
            delay = reaction_delay(
                seed=SEED, lead=lead.pk, step=message.step, persona=Persona(reaction.persona)
            )
        # From the dry run and not from now: a loop that comes late makes nobody slower.
        if delay is None:
            reaction.due_at, reaction.answered_at = None, left_at
        else:
            reaction.due_at = get_clock(is_fictional=True).after(left_at, delay)
            reaction.answered_at = None
        reaction.save(update_fields=["persona", "due_at", "answered_at"])
    return True


def _answer_next(*, now: datetime) -> bool:
    """Let the persona that is due next write; False when nobody is."""
    with transaction.atomic():
        due = SandboxReaction.objects.filter(due_at__lte=now).order_by("due_at", "pk")
        reaction = _next(due)
        if reaction is None:
            return False
        if _is_ours(reaction.message):
            _answer(reaction, now=now)
        reaction.due_at, reaction.answered_at = None, now
        reaction.save(update_fields=["due_at", "answered_at"])
    return True


def _next(rows: QuerySet[SandboxReaction]) -> SandboxReaction | None:
    return (
        rows.select_for_update(of=("self",))
        .select_related("message__lead__customer__profile", "message__lead__conversation")
        .first()
    )


def _is_ours(message: Message) -> bool:
    """A dry run to a lead that does not exist; the sandbox answers nothing else."""
    if message.lead.is_fictional and message.status == MessageStatus.DRY_RUN:
        return True
    logger.warning("[SANDBOX][SKIPPED] message=%s", message.pk)
    return False


def _answer(reaction: SandboxReaction, *, now: datetime) -> None:
    message = reaction.message
    lead = message.lead
    conversation = Conversation.objects.filter(lead=lead).first()
    if conversation is None:
        logger.warning("[SANDBOX][SKIPPED] message=%s", message.pk)
        return
    raw = write_mail(_letter(reaction, lead=lead, conversation=conversation, now=now))
    receive(
        raw=raw,
        source=InboundSource.SANDBOX,
        external_id=f"message:{message.pk}",
        now=now,
        is_simulated=True,
    )
    logger.info("[SANDBOX][REPLY] lead_id=%s persona=%s SIMULATED", lead.pk, reaction.persona)


def _letter(
    reaction: SandboxReaction, *, lead: Lead, conversation: Conversation, now: datetime
) -> Letter:
    message, customer = reaction.message, lead.customer
    host = settings.CONFIG.host
    return Letter(
        seed=SEED,
        persona=Persona(reaction.persona),
        at=now,
        lead_pk=lead.pk,
        step=message.step,
        lead_name=lead.contact_name,
        lead_email=lead.email,
        lead_company=lead.company,
        our_name=customer.profile.sender_name or customer.contact_name or customer.company,
        our_address=f"outreach@{host}",
        reply_to=f"reply+{conversation.token}@{host}",
        subject=message.subject,
        body=_as_received(message, conversation),
        message_id=message.message_id,
        sent_at=message.finished_at or now - timedelta(hours=1),
    )


def _as_received(message: Message, conversation: Conversation) -> str:
    """Our text with an opt-out in it, as every cold mail has one when it arrives."""
    if "unsubscribe" in message.body.lower():
        return message.body
    return (
        f"{message.body.rstrip()}\n\nIf you would rather not hear from us, reply "
        f'"unsubscribe" or open {settings.CONFIG.BASE_URL}/u/{conversation.token}\n'
    )
