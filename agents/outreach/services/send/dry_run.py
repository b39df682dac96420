"""A message that would have left now: written down, gated and counted, and never sent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Message, SandboxReaction
from agents.outreach.services.contacted import mark_contacted
from agents.outreach.services.send.attempts import Attempt, log_attempts
from agents.states import AttemptOutcome, MessageStatus
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.outreach.gate import SendFacts

logger = logging.getLogger("agents.email")

_PREVIEW = 80


def record_dry_runs(rows: Sequence[Message], *, facts: dict[int, SendFacts], now: datetime) -> None:
    """Record rows that would have left now. Called inside the claim's transaction.

    A real lead stays as it is: nobody wrote to it. A fictional one of the sandbox world
    counts as contacted, and waits for its persona to react.
    """
    for row in rows:
        Message.objects.filter(pk=row.pk, fence=row.fence).move(
            source=MessageStatus.CLAIMED,
            target=MessageStatus.DRY_RUN,
            message_id=row.message_id,
            transport="DRY_RUN",
            due_at=None,
            finished_at=now,
            held_code="",
            held_reason="",
        )
        row.status = MessageStatus.DRY_RUN
        if row.lead.is_fictional and settings.CONFIG.sandbox_world_on:
            mark_contacted(row, now=now, clock=facts[row.pk].clock)
            # The sandbox world pulls it and decides who answers, and when.
            SandboxReaction.objects.create(message=row, answered_at=now)
        logger.info(
            "[EMAIL][DRY_RUN] lead_id=%s email=%s subject=%s preview=%s",
            row.lead_id,
            row.lead.email,
            single_line(row.subject),
            single_line(row.body, _PREVIEW),
        )
    log_attempts([Attempt(row, AttemptOutcome.DRY_RUN, "DRY_RUN") for row in rows], now=now)
