"""What was written to whom, when and why: the customer's outreach list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from agents.models import Message
from agents.states import MESSAGE_OUT, MessageStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

# The list's filter, in the order of the tabs.
SHOWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "out": ("Sent", MESSAGE_OUT),
    "scheduled": (
        "Scheduled",
        (MessageStatus.PLANNED, MessageStatus.QUEUED, MessageStatus.CLAIMED),
    ),
    "approval": ("Waiting for approval", (MessageStatus.AWAITING_APPROVAL,)),
    "stopped": (
        "Not sent",
        (MessageStatus.FAILED, MessageStatus.SKIPPED, MessageStatus.CANCELED),
    ),
}


def list_messages(*, customer: Customer, show: str = "") -> QuerySet[Message]:
    """The customer's messages, newest first, without their bodies. An unknown `show`
    means all of them."""
    found: QuerySet[Message] = (
        Message.objects.for_customer(customer)
        .select_related("lead")
        .defer("body", "lead__evidence", "lead__provenance")
        .order_by("-pk")
    )
    return found.filter(status__in=SHOWS[show][1]) if show in SHOWS else found


def get_message(*, customer: Customer, pk: int) -> Message:
    """One message with its lead and conversation. Raises Http404 for a stranger's."""
    message: Message | None = (
        Message.objects.for_customer(customer)
        .select_related("lead", "lead__conversation")
        .filter(pk=pk)
        .first()
    )
    if message is None:
        raise Http404
    return message
