"""What waits for a person's approval, and how well the copy has been accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404

from agents.models import ApprovalDecision, Message
from agents.states import ApprovalOutcome, MessageStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

# The last so many decisions are the measure; below the floor nothing is concluded.
WINDOW = 10
FLOOR = 5
# From this share of edits and skips on, every mail is shown again.
FALL_BACK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How the newest decisions went."""

    decided: int
    unchanged: int

    @property
    def changed(self) -> int:
        return self.decided - self.unchanged


def list_approvals(*, customer: Customer) -> QuerySet[Message]:
    """The customer's mails that wait for approval, longest waiting first, with leads."""
    found: QuerySet[Message] = (
        Message.objects.for_customer(customer)
        .filter(status=MessageStatus.AWAITING_APPROVAL)
        .select_related("lead")
        .order_by("due_at", "pk")
    )
    return found


def get_editable(*, customer: Customer, pk: int) -> Message:
    """One message of the customer, in whatever state. Raises Http404 for a stranger's."""
    message: Message | None = (
        Message.objects.for_customer(customer).select_related("lead").filter(pk=pk).first()
    )
    if message is None:
        raise Http404("no such message")
    return message


def get_acceptance(*, customer_id: int) -> Acceptance:
    """How many of the customer's last decisions approved the text unchanged."""
    outcomes = list(
        ApprovalDecision.objects.filter(customer_id=customer_id)
        .order_by("-pk")
        .values_list("outcome", flat=True)[:WINDOW]
    )
    return Acceptance(len(outcomes), outcomes.count(ApprovalOutcome.APPROVED))


def is_losing_acceptance(*, customer_id: int) -> bool:
    """Half or more of the last decisions changed or stopped the mail."""
    found = get_acceptance(customer_id=customer_id)
    return found.decided >= FLOOR and found.changed >= found.decided * FALL_BACK_SHARE
