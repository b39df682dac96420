"""How many rows of each kind are due, and for how long the oldest has been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily

from accounts.models import Customer, OutboxMail
from agents.mailboxes.selectors import inbox_read_at
from agents.models import (
    Answer,
    DeliveryEvent,
    ImportJob,
    InboundMessage,
    Lead,
    Message,
    SecondOpinion,
    Task,
)
from agents.states import AnswerStatus, MessageStatus, TaskStatus
from billing.models import BillingEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.metrics_core import Metric

_LEASED = (MessageStatus.CLAIMED, MessageStatus.SENDING)


def _queues(*, now: datetime) -> tuple[tuple[str, Any, str], ...]:
    """Every kind of row that has a time and a loop that looks for it, as in "Every row in
    progress has a time and a sweeper" (docs/developing/architecture.md)."""
    messages, tasks = Message.objects, Task.objects
    answers = Answer.objects
    return (
        ("customers", Customer.objects.due(now=now), "next_run_at"),
        ("customer_leases", Customer.objects.filter(lease_until__isnull=False), "lease_until"),
        ("messages", messages.filter(status=MessageStatus.QUEUED), "due_at"),
        ("messages_in_hand", messages.filter(status__in=_LEASED), "due_at"),
        ("answers", answers.filter(status=AnswerStatus.QUEUED), "due_at"),
        ("answers_in_hand", answers.filter(status=AnswerStatus.SENDING), "due_at"),
        ("tasks", tasks.filter(status=TaskStatus.PENDING), "due_at"),
        ("tasks_in_hand", tasks.filter(status=TaskStatus.RUNNING), "due_at"),
        ("received_email", InboundMessage.objects.all(), "due_at"),
        ("second_opinions", SecondOpinion.objects.all(), "due_at"),
        ("uploads_to_read", ImportJob.objects.all(), "reading_due_at"),
        ("uploads_to_import", ImportJob.objects.all(), "due_at"),
        ("research", Lead.objects.all(), "research_due_at"),
        ("stripe_events", BillingEvent.objects.all(), "due_at"),
        ("account_email", OutboxMail.objects.all(), "not_before_at"),
    )


def queue_families(*, now: datetime) -> Iterator[Metric]:
    """One query a queue, over its index of due rows, and four for what comes in."""
    due = GaugeMetricFamily("hossagent_queue_due", "Rows whose time has come.", labels=["queue"])
    age = GaugeMetricFamily(
        "hossagent_queue_oldest_due_age_seconds",
        "How long the oldest of them has been due; 0 when none is.",
        labels=["queue"],
    )
    for name, rows, column in _queues(now=now):
        ready = rows.order_by().filter(**{f"{column}__lte": now})
        found = ready.aggregate(n=Count("pk"), oldest=Min(column))
        due.add_metric([name], found["n"])
        age.add_metric([name], _age(found["oldest"], now=now))
    yield from (due, age)
    yield from _incoming(now=now)


def _incoming(*, now: datetime) -> Iterator[Metric]:
    read = GaugeMetricFamily(
        "hossagent_inbox_read_age_seconds",
        "How long ago replies were last fetched with success; missing when never.",
    )
    if read_at := inbox_read_at():
        read.add_metric([], _age(read_at, now=now))
    yield read
    received = GaugeMetricFamily(
        "hossagent_webhook_last_received_age_seconds",
        "How long ago the newest event arrived; missing when none has.",
        labels=["webhook"],
    )
    for name, model in (("stripe", BillingEvent), ("delivery", DeliveryEvent)):
        newest = model.objects.order_by("-received_at").values_list("received_at", flat=True)
        if at := newest.first():
            received.add_metric([name], _age(at, now=now))
    yield received
    waiting = BillingEvent.objects.filter(due_at__isnull=False).order_by()
    found = waiting.aggregate(n=Count("pk"), oldest=Min("received_at"))
    yield GaugeMetricFamily(
        "hossagent_stripe_events_unprocessed",
        "Stripe events that were received and not processed yet, whenever they are due.",
        value=found["n"],
    )
    yield GaugeMetricFamily(
        "hossagent_stripe_events_lag_seconds",
        "How long ago the oldest of them was received; 0 when there is none.",
        value=_age(found["oldest"], now=now),
    )


def _age(moment: datetime | None, *, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0
