"""What needs a person: each kind of trouble, how much of it there is, and where.

The console and the digest show it. Most urgent first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Count, Min

from accounts.models import SupportTicket
from agents.models import Backfill, Breaker, Conversation, InboundMessage, Message, Task
from agents.states import BackfillStatus, InboundStatus, MessageStatus, TaskStatus
from billing.models import BillingEvent, Drift
from billing.states import EventStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta


LINK_SALT = "agents.decision"


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing for a person to decide. `path` is the console page that lists the rows."""

    code: str
    sentence: str
    count: int
    oldest_at: datetime | None
    path: str

    @property
    def link(self) -> str:
        """The signed address for the digest: it opens what is left of this decision by then."""
        return f"/admin/decide/{signing.dumps(self.code, salt=LINK_SALT)}"


def read_decision_link(token: str, *, max_age: timedelta) -> str | None:
    """The code that a link was made for; None when it is forged or older than `max_age`."""
    try:
        return str(signing.loads(token, salt=LINK_SALT, max_age=max_age))
    except signing.BadSignature:
        return None


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of trouble: its sentence for one row and for many, and the rows that have it."""

    code: str
    one: str
    many: str
    path: str
    since: str
    rows: Any


def _kinds() -> Iterator[_Kind]:
    yield _Kind(
        code="open_breakers",
        one="1 circuit breaker has stopped email: check its numbers, fix the cause, then reset it.",
        many="{count} circuit breakers have stopped email: check their numbers, fix the cause, "
        "then reset them.",
        path="/admin/agents/breaker/?open=yes",
        since="tripped_at",
        rows=Breaker.objects.filter(rearmed_at=None),
    )
    yield _Kind(
        code="unknown_sends",
        one="1 email may or may not have been sent: check the provider's log and resolve it.",
        many="{count} emails may or may not have been sent: check the provider's log, and "
        "resolve them.",
        path="/admin/agents/message/?status__exact=unknown",
        since="sending_at",
        rows=Message.objects.filter(status=MessageStatus.UNKNOWN),
    )
    yield _Kind(
        code="house_replies",
        one="1 of your own prospects is waiting for your reply.",
        many="{count} of your own prospects are waiting for your reply.",
        path="/admin/agents/conversation/?is_awaiting_answer__exact=1&customer__is_house__exact=1",
        since="last_reply_at",
        rows=Conversation.objects.filter(is_awaiting_answer=True, customer__is_house=True),
    )
    yield _Kind(
        code="unmatched_replies",
        one="1 received email matches no conversation: assign it or set it aside.",
        many="{count} received emails match no conversation: assign them or set them aside.",
        path="/admin/agents/inboundmessage/?status__exact=unmatched",
        since="received_at",
        rows=InboundMessage.objects.filter(status=InboundStatus.UNMATCHED),
    )
    yield _Kind(
        code="failed_billing_events",
        one="1 Stripe event could not be processed: read its error and replay it.",
        many="{count} Stripe events could not be processed: read their errors and replay them.",
        path="/admin/billing/billingevent/?status__exact=failed",
        since="received_at",
        rows=BillingEvent.objects.filter(status=EventStatus.FAILED),
    )
    yield _Kind(
        code="drift",
        one="1 subscription differs from Stripe's record: reconcile it.",
        many="{count} subscriptions differ from Stripe's records: reconcile them.",
        path="/admin/billing/drift/?is_repaired__exact=0",
        since="found_at",
        rows=Drift.objects.filter(is_repaired=False),
    )
    yield _Kind(
        code="support_tickets",
        one="1 customer question is waiting for an answer.",
        many="{count} customer questions are waiting for an answer.",
        path="/admin/accounts/supportticket/?answered_at__isempty=1",
        since="created_at",
        rows=SupportTicket.objects.filter(answered_at=None),
    )
    yield _Kind(
        code="failed_backfills",
        one="1 backfill of old rows has stopped: read its error, mend the cause, and continue it.",
        many="{count} backfills of old rows have stopped: read their errors, mend the causes, and "
        "continue them.",
        path="/admin/agents/backfill/?status__exact=failed",
        since="started_at",
        rows=Backfill.objects.filter(status=BackfillStatus.FAILED),
    )
    yield _Kind(
        code="failed_tasks",
        one="1 task failed and will not be retried: read its error, then retry it.",
        many="{count} tasks failed and will not be retried: read their errors, then retry them.",
        path="/admin/agents/task/?status__exact=failed",
        since="created_at",
        rows=Task.objects.filter(status=TaskStatus.FAILED),
    )


def list_decisions(*, now: datetime) -> list[Decision]:
    """Everything that is waiting for a person; empty when nothing is.

    One query per kind, each over an index that holds only such rows.
    """
    found = []
    for kind in _kinds():
        row = kind.rows.aggregate(count=Count("pk"), oldest=Min(kind.since))
        if row["count"]:
            sentence = kind.one if row["count"] == 1 else kind.many.format(count=row["count"])
            found.append(Decision(kind.code, sentence, row["count"], row["oldest"], kind.path))
    return found
