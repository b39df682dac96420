"""What needs a person: each kind of trouble with how much of it and where it is.

Read by the control room and by the digest. Most urgent first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Count, Min

from accounts.models import SupportTicket
from agents.models import Breaker, Conversation, InboundMessage, Message, Task
from agents.states import InboundStatus, MessageStatus, TaskStatus
from billing.models import BillingEvent, Drift
from billing.states import EventStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta


LINK_SALT = "agents.decision"


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing a person should decide. `path` is the console page that lists the rows."""

    code: str
    sentence: str
    count: int
    oldest_at: datetime | None
    path: str

    @property
    def link(self) -> str:
        """The signed address for mail: it opens what is left of this decision by then."""
        return f"/admin/decide/{signing.dumps(self.code, salt=LINK_SALT)}"


def read_decision_link(token: str, *, max_age: timedelta) -> str | None:
    """The code a link was made for; None when it is forged or older than `max_age`."""
    try:
        return str(signing.loads(token, salt=LINK_SALT, max_age=max_age))
    except signing.BadSignature:
        return None


@dataclass(frozen=True, slots=True)
class _Kind:
    code: str
    one: str
    many: str
    path: str
    since: str
    rows: Any


def _kinds() -> Iterator[_Kind]:
    yield _Kind(
        "open_breakers",
        "1 circuit breaker stops mail: read its numbers, mend the cause, re-arm it.",
        "{count} circuit breakers stop mail: read their numbers, mend the cause, re-arm them.",
        "/admin/agents/breaker/?open=yes",
        "tripped_at",
        Breaker.objects.filter(rearmed_at=None),
    )
    yield _Kind(
        "unknown_sends",
        "1 mail may or may not have left: settle it by the provider's log.",
        "{count} mails may or may not have left: settle them by the provider's log.",
        "/admin/agents/message/?status__exact=unknown",
        "sending_at",
        Message.objects.filter(status=MessageStatus.UNKNOWN),
    )
    yield _Kind(
        "house_replies",
        "1 prospect of the house waits for your answer.",
        "{count} prospects of the house wait for your answer.",
        "/admin/agents/conversation/?is_awaiting_answer__exact=1&customer__is_house__exact=1",
        "last_reply_at",
        Conversation.objects.filter(is_awaiting_answer=True, customer__is_house=True),
    )
    yield _Kind(
        "unmatched_replies",
        "1 received mail belongs to no conversation we know: match or close it.",
        "{count} received mails belong to no conversation we know: match or close them.",
        "/admin/agents/inboundmessage/?status__exact=unmatched",
        "received_at",
        InboundMessage.objects.filter(status=InboundStatus.UNMATCHED),
    )
    yield _Kind(
        "failed_billing_events",
        "1 event of Stripe could not be processed: read its error and replay it.",
        "{count} events of Stripe could not be processed: read their errors and replay them.",
        "/admin/billing/billingevent/?status__exact=failed",
        "received_at",
        BillingEvent.objects.filter(status=EventStatus.FAILED),
    )
    yield _Kind(
        "drift",
        "1 customer's subscription differs from Stripe's: reconcile it.",
        "{count} customers' subscriptions differ from Stripe's: reconcile them.",
        "/admin/billing/drift/?is_repaired__exact=0",
        "found_at",
        Drift.objects.filter(is_repaired=False),
    )
    yield _Kind(
        "support_tickets",
        "1 customer's question waits for an answer.",
        "{count} customers' questions wait for an answer.",
        "/admin/accounts/supportticket/?answered_at__isempty=1",
        "created_at",
        SupportTicket.objects.filter(answered_at=None),
    )
    yield _Kind(
        "failed_tasks",
        "1 task failed for good: read its error and retry it.",
        "{count} tasks failed for good: read their errors and retry them.",
        "/admin/agents/task/?status__exact=failed",
        "created_at",
        Task.objects.filter(status=TaskStatus.FAILED),
    )


def list_decisions(*, now: datetime) -> list[Decision]:
    """Everything that waits for a person at `now`; empty when nothing does.

    One query per kind, each over an index that holds only such rows.
    """
    found = []
    for kind in _kinds():
        row = kind.rows.aggregate(count=Count("pk"), oldest=Min(kind.since))
        if row["count"]:
            sentence = kind.one if row["count"] == 1 else kind.many.format(count=row["count"])
            found.append(Decision(kind.code, sentence, row["count"], row["oldest"], kind.path))
    return found
