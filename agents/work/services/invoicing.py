"""The Billing agent: done tasks become lines of the work summary, each task only once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from agents.models import Task
from agents.states import TaskStatus
from billing.models import Invoice
from billing.services.work_summaries import add_line, close_draft, guard_amount
from billing.states import InvoiceStatus

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

logger = logging.getLogger("agents.invoicing")

TASKS_PER_CYCLE = 50


class AlreadyBilled(Exception):
    """A task got its line elsewhere meanwhile; nothing of this cycle is kept."""


def run_billing(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Close the draft whose month is over, then bill what is done and not yet on a line."""
    counts: dict[str, int] = {}
    ended = Invoice.objects.filter(
        customer=customer, status=InvoiceStatus.DRAFT, closed_at=None, closes_at__lte=now
    ).first()
    if ended is not None:
        counts["closed"] = int(close_draft(invoice=ended, now=now))
    waiting = list(_unbilled(customer).values_list("pk", flat=True)[:TASKS_PER_CYCLE])
    if waiting:
        counts["lines"] = _bill(customer, waiting, now=now)
    return {name: count for name, count in counts.items() if count}


def _unbilled(customer: Customer) -> QuerySet[Task]:
    return Task.objects.filter(
        customer=customer, status=TaskStatus.DONE, invoice_line=None
    ).order_by("finished_at", "pk")


@transaction.atomic
def _bill(customer: Customer, waiting: list[int], *, now: datetime) -> int:
    """One line for each task. Two cycles at once queue for the customer's lock, and the
    second one finds nothing left."""
    Customer.objects.lock(customer.pk)
    billed, line = 0, None
    for task in _unbilled(customer).filter(pk__in=waiting):
        line = add_line(
            customer=customer, description=task.title, amount_cents=task.reward_cents, now=now
        )
        if not Task.objects.filter(pk=task.pk, invoice_line=None).update(invoice_line=line):
            raise AlreadyBilled(task.pk)
        billed += 1
    if line is not None:
        guard_amount(invoice=line.invoice)
        logger.info("[BILLING][LINES] customer_id=%s lines=%s", customer.pk, billed)
    return billed
