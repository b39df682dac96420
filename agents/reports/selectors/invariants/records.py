"""Promises about replies, work, invoices, and whose row is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from agents.models import Answer, Conversation, InboundMessage, Message, SandboxReaction, Task
from agents.reports.selectors.invariants.scope import written_since
from agents.states import AnswerStatus, InboundStatus, MessageMode, MessageStatus, TaskStatus
from billing.models import Invoice, InvoiceLine

if TYPE_CHECKING:
    from datetime import datetime


def count_unprocessed_replies(*, now: datetime, since: datetime | None) -> int:
    """Received mail that is not processed although its time has come, or counts as
    processed without having been."""
    overdue = InboundMessage.objects.filter(status=InboundStatus.PENDING, due_at__lte=now)
    silent = InboundMessage.objects.filter(
        written_since(since, "received_at"), ~Q(status=InboundStatus.PENDING), processed_at=None
    )
    return overdue.count() + silent.count()


def count_overdue_work(*, now: datetime, since: datetime | None) -> int:
    """Work whose time has come and that nobody took, or that a worker left half done."""
    mails = [MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING]
    answers = [AnswerStatus.QUEUED, AnswerStatus.SENDING]
    tasks = [TaskStatus.PENDING, TaskStatus.RUNNING]
    return (
        Message.objects.filter(status__in=mails, due_at__lte=now).count()
        + Answer.objects.filter(status__in=answers, due_at__lte=now).count()
        + Task.objects.filter(status__in=tasks, due_at__lte=now).count()
        + SandboxReaction.objects.filter(Q(persona="") | Q(due_at__lte=now)).count()
    )


def count_rows_across_customers(*, now: datetime, since: datetime | None) -> int:
    """Rows that hang on another customer's."""
    received = InboundMessage.objects.filter(written_since(since, "received_at", "processed_at"))
    tasks = Task.objects.filter(written_since(since, "created_at", "finished_at"))
    strays = (
        Message.objects.filter(
            written_since(since, "created_at", "sending_at", "finished_at"),
            ~Q(customer=F("lead__customer")),
        ),
        Conversation.objects.filter(
            written_since(since, "created_at", "last_reply_at"), ~Q(customer=F("lead__customer"))
        ),
        Answer.objects.filter(
            written_since(since, "created_at"), ~Q(customer=F("conversation__customer"))
        ),
        received.filter(conversation__isnull=False).exclude(customer=F("conversation__customer")),
        received.filter(message__isnull=False).exclude(customer=F("message__customer")),
        tasks.filter(lead__isnull=False).exclude(customer=F("lead__customer")),
        tasks.filter(invoice_line__isnull=False).exclude(
            customer=F("invoice_line__invoice__customer")
        ),
    )
    return sum(rows.count() for rows in strays)


def count_sandbox_leaks(*, now: datetime, since: datetime | None) -> int:
    mails = Message.objects.filter(written_since(since, "created_at", "sending_at", "finished_at"))
    received = InboundMessage.objects.filter(written_since(since, "received_at", "processed_at"))
    return (
        mails.filter(lead__is_fictional=True, mode=MessageMode.LIVE).count()
        + SandboxReaction.objects.filter(
            written_since(since, "message__finished_at"), message__lead__is_fictional=False
        ).count()
        + received.filter(is_simulated=True, conversation__lead__is_fictional=False).count()
    )


def count_wrong_invoices(*, now: datetime, since: datetime | None) -> int:
    """Totals that are not the sum of their lines, and lines that no task stands behind."""
    lines = InvoiceLine.objects.filter(written_since(since, "created_at"))
    added = (
        InvoiceLine.objects.filter(invoice=OuterRef("pk"))
        .values("invoice")
        .annotate(total=Sum("amount_cents"))
        .values("total")
    )
    touched = Invoice.objects.filter(
        written_since(since, "created_at", "closed_at", "issued_at", "paid_at")
        | Q(pk__in=lines.values("invoice"))
    )
    unequal = touched.annotate(added=Coalesce(Subquery(added), Value(0))).exclude(
        total_cents=F("added")
    )
    return unequal.count() + lines.filter(task=None).count()
