"""What a customer's people have asked us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import SupportTicket

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

SHOWN = 20


def list_tickets(*, customer: Customer) -> QuerySet[SupportTicket]:
    """The latest questions with their answers, newest first."""
    tickets: QuerySet[SupportTicket] = SupportTicket.objects.filter(customer=customer)
    return tickets.order_by("-created_at")[:SHOWN]
