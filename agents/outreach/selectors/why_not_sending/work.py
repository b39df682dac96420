"""Is there anything to send, and can the next email leave?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min

from agents.models import Lead, Message
from agents.outreach.gate import SWITCHED_OFF
from agents.outreach.selectors.why_not_sending.ask import ask
from agents.states import MessageStatus
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.outreach.gate import Hold
    from hossagent.lib.diagnosis import Diagnosis


def check_queue() -> tuple[Diagnosis, datetime | None]:
    """What waits to leave for everybody, and since or until when the first. Two queries."""
    waiting = Message.objects.filter(
        status__in=[MessageStatus.QUEUED, MessageStatus.CLAIMED], due_at__isnull=False
    ).aggregate(count=Count("pk"), first=Min("due_at"))
    held = dict(
        Message.objects.filter(status=MessageStatus.QUEUED)
        .exclude(held_code="")
        .values_list("held_code")
        .annotate(Count("pk"))
    )
    reasons = ", ".join(f"{code} {n}" for code, n in sorted(held.items()))
    found = ask(
        "queue",
        "Is anything waiting to be sent?",
        ok=bool(waiting["count"]),
        answer=f"{waiting['count']} messages" + (f" (held: {reasons})" if reasons else ""),
        fix="Add leads, or approve what is waiting. BizDev plans the rest.",
    )
    return found, waiting["first"]


def check_work(customer: Customer) -> tuple[Diagnosis, ...]:
    """What waits for an approval, and what is planned. Two queries."""
    counts = dict(
        Message.objects.for_customer(customer)
        .filter(due_at__isnull=False)
        .values_list("status")
        .annotate(Count("pk"))
    )
    awaiting = counts.get(MessageStatus.AWAITING_APPROVAL, 0)
    queued = counts.get(MessageStatus.QUEUED, 0) + counts.get(MessageStatus.PLANNED, 0)
    due = Lead.objects.for_customer(customer).filter(next_action_at__isnull=False).count()
    return (
        ask(
            "approvals",
            "Is everything approved?",
            ok=not awaiting,
            answer=f"{awaiting} waiting",
            fix="Approve, edit or skip them on the approvals page.",
        ),
        ask(
            "work",
            "Is there something to send?",
            ok=bool(queued or due),
            answer=f"{plural(queued, 'message')} queued, {plural(due, 'lead')} to plan",
            fix="Add leads, or widen the niche and the geography.",
        ),
    )


def check_next_message(message: Message | None, *, hold: Hold | None) -> Diagnosis:
    """What the gate says about the customer's next message."""
    question = "Would the next email be sent?"
    if message is None:
        return ask("gate", question, ok=True, answer="none is queued")
    if hold is None:
        return ask("gate", question, ok=True, answer="yes")
    is_timed = hold.next_look is not None and hold.code not in SWITCHED_OFF
    when = f" Next check: {hold.next_look:%Y-%m-%d %H:%M} UTC." if is_timed else ""
    return ask("gate", question, ok=False, answer=hold.code.value, fix=f"{hold.sentence}{when}")
