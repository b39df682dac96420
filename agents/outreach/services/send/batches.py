"""Several messages of one customer in one transaction, when very many are due.

One message after the other is the rule. Where the hour allows thousands and the server is
fast, a few share the two transactions of a send. How many, what the first ones take from
the limits that the later ones see, and how their results are written together stands here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from agents.models import Lead, Message
from agents.outreach.selectors.gather.recipients import DOMAIN_GAP
from agents.sequence import delay_before
from agents.states import LeadStatus, MessageStatus
from hossagent.lib.mail_domains import is_free_mail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult
    from agents.outreach.gate import SendFacts
    from agents.states import QuotaMode
    from hossagent.lib.transitions import StateQuerySet

# What a crash can leave as UNKNOWN is what one batch holds; an hour of 360,000 emails and
# a server that takes them within the quarter of a second make it as large as this.
MAX_BATCH = 100
BATCH_SECONDS = 0.25


class Pace:
    """How long the last emails took, which says how many may share a transaction."""

    def __init__(self) -> None:
        self._seconds = BATCH_SECONDS

    @property
    def batch(self) -> int:
        """At most what the hour, spread evenly, has in one second: one, by default."""
        per_second = settings.CONFIG.MAX_EMAILS_PER_HOUR // 3600
        as_fast = int(BATCH_SECONDS / max(self._seconds, 0.0001))
        return max(1, min(MAX_BATCH, per_second, as_fast))

    def learn(self, *, seconds: float, emails: int) -> None:
        if emails:
            self._seconds = seconds / emails

    def slow_down(self) -> None:
        """The next rows go one by one, so that after a fault only the bad one waits."""
        self._seconds = BATCH_SECONDS


# Of this process; each worker learns its own.
pace = Pace()


class Taken:
    """What the messages of a batch that passed the gate take from those behind them."""

    def __init__(self) -> None:
        self._slots: Counter[QuotaMode] = Counter()
        self._domains: set[str] = set()

    def add(self, facts: SendFacts) -> None:
        """One message more has passed."""
        self._slots[facts.limits.counter] += 1
        if facts.is_live and not is_free_mail(facts.recipient.mail_domain):
            self._domains.add(facts.recipient.mail_domain)

    def facts_after(self, facts: SendFacts) -> SendFacts:
        """The facts as they are after the messages before; as they were when those change
        no answer."""
        limits = facts.limits
        taken = self._slots[limits.counter]
        left = min(
            limits.day_limit - limits.day_used,
            limits.cycle_limit - limits.cycle_used,
            limits.hour_limit - limits.hour_used,
        )
        if taken >= left:
            limits = replace(
                limits,
                day_used=limits.day_used + taken,
                cycle_used=limits.cycle_used + taken,
                hour_used=limits.hour_used + taken,
            )
            facts = replace(facts, limits=limits)
        if facts.recipient.mail_domain in self._domains:
            recipient = replace(facts.recipient, domain_gap_until=facts.now + DOMAIN_GAP)
            facts = replace(facts, recipient=recipient)
        return facts


def record_sent_together(
    results: Sequence[tuple[Message, SendResult]], *, now: datetime
) -> set[int]:
    """Record the accepted openers among several results in two statements, not two each.

    Returns their keys; none when one of the rows is not as it was left, and each is then
    recorded alone. The caller holds the customer's lock, so nobody moves these leads in
    between.
    """
    rows = [
        message
        for message, result in results
        if result.success and message.step == 0 and message.lead.status == LeadStatus.NEW
    ]
    if len(rows) <= 1:  # one alone is cheaper by itself
        return set()
    delay = delay_before(1)
    try:
        with transaction.atomic():
            _move_all(
                Message.objects.filter(pk__among=[row.pk for row in rows]),
                len(rows),
                source=MessageStatus.SENDING,
                target=MessageStatus.SENT,
                due_at=None,
                finished_at=now,
                error="",
            )
            _move_all(
                Lead.objects.filter(pk__among=[row.lead_id for row in rows]),
                len(rows),
                source=LeadStatus.NEW,
                target=LeadStatus.CONTACTED,
                last_contacted_at=now,
                next_action_at=None if delay is None else now + delay,
            )
    except _NotAllMoved:
        return set()
    return {row.pk for row in rows}


class _NotAllMoved(Exception):
    """One of several rows was moved by somebody else; none of ours is."""


def _move_all(rows: StateQuerySet[Any], count: int, **fields: Any) -> None:
    if rows.move(**fields) != count:
        raise _NotAllMoved
