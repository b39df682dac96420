"""What must hold of the rows at every moment; each broken promise is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from agents.models import (
    DailyQuota,
    HourlyQuota,
    InboundMessage,
    Lead,
    Message,
    SandboxReaction,
    Suppression,
    Task,
)
from agents.selectors.suppression import suppression_hash
from agents.states import MESSAGE_OUT, InboundStatus, MessageMode, QuotaMode
from billing.models import Invoice, InvoiceLine

if TYPE_CHECKING:
    from datetime import datetime


def list_broken_promises(*, now: datetime) -> list[str]:
    """Every promise that the rows break; empty when all hold. Reads whole tables."""
    checks = (
        ("{} messages are copies of another one", _copies()),
        ("{} mails went to people who had asked for silence or bounced", _to_suppressed()),
        ("{} mails went to people who had replied before", _after_reply()),
        ("{} hours or days are above their limit", _above_limits()),
        ("{} received mails are neither processed nor waiting with a reason", _neither(now)),
        ("{} rows belong to two customers", _across_customers()),
        ("{} made-up leads got real mail, or real ones a simulated answer", _out_of_the_sandbox()),
        ("{} invoices do not add up, or bill a task twice", _wrong_invoices()),
    )
    return [f"{words.format(count)}." for words, count in checks if count]


def _copies() -> int:
    twice = (
        Message.objects.filter(status__in=MESSAGE_OUT)
        .values("lead", "step", "mode")
        .annotate(copies=Count("pk"))
        .filter(copies__gt=1)
    )
    return len(twice)


def _to_suppressed() -> int:
    """Mails that left after their address was put on everybody's list."""
    listed = {
        row.value_hash: row.created_at for row in Suppression.objects.filter(customer__isnull=True)
    }
    sent = Message.objects.filter(status__in=MESSAGE_OUT, finished_at__isnull=False)
    rows = sent.values_list("lead__email_key", "finished_at")
    late = 0
    for key, finished_at in rows:
        listed_at = listed.get(suppression_hash(key))
        late += bool(listed_at and finished_at and finished_at > listed_at)
    return late


def _after_reply() -> int:
    return Message.objects.filter(
        status__in=MESSAGE_OUT, finished_at__gt=F("lead__replied_at")
    ).count()


def _above_limits() -> int:
    config = settings.CONFIG
    speed = config.SANDBOX_SPEED if config.sandbox_world_on else 1
    hours = HourlyQuota.objects.filter(
        Q(used__gt=config.MAX_EMAILS_PER_HOUR) & ~Q(mode=QuotaMode.SANDBOX)
        | Q(used__gt=config.MAX_EMAILS_PER_HOUR * speed)
    )
    days = DailyQuota.objects.filter(used__gt=F("limit") * speed)
    return hours.count() + days.count()


def _neither(now: datetime) -> int:
    overdue = Q(status=InboundStatus.PENDING, due_at__lte=now)
    silent = ~Q(status=InboundStatus.PENDING) & Q(processed_at=None)
    return InboundMessage.objects.filter(overdue | silent).count()


def _across_customers() -> int:
    return (
        Message.objects.exclude(customer_id=F("lead__customer_id")).count()
        + InboundMessage.objects.filter(conversation__isnull=False)
        .exclude(customer_id=F("conversation__customer_id"))
        .count()
        + InboundMessage.objects.filter(message__isnull=False)
        .exclude(customer_id=F("message__customer_id"))
        .count()
        + Task.objects.filter(lead__isnull=False)
        .exclude(customer_id=F("lead__customer_id"))
        .count()
        + Task.objects.filter(invoice_line__isnull=False)
        .exclude(customer_id=F("invoice_line__invoice__customer_id"))
        .count()
    )


def _out_of_the_sandbox() -> int:
    return (
        Message.objects.filter(lead__is_fictional=True, mode=MessageMode.LIVE).count()
        + SandboxReaction.objects.filter(message__lead__is_fictional=False).count()
        + InboundMessage.objects.filter(
            is_simulated=True, conversation__lead__is_fictional=False
        ).count()
    )


def _wrong_invoices() -> int:
    lines = (
        InvoiceLine.objects.filter(invoice=OuterRef("pk"))
        .values("invoice")
        .annotate(total=Sum("amount_cents"))
        .values("total")
    )
    unequal = Invoice.objects.annotate(added=Coalesce(Subquery(lines), Value(0))).exclude(
        total_cents=F("added")
    )
    billed_undone = Task.objects.filter(invoice_line__isnull=False, finished_at=None)
    return unequal.count() + billed_undone.count()


def count_story() -> dict[str, int]:
    """What happened, in the order in which a person would tell it."""
    return {
        "leads found": Lead.objects.count(),
        "emails written (dry run)": Message.objects.filter(status__in=MESSAGE_OUT).count(),
        "mails received (simulated)": InboundMessage.objects.filter(is_simulated=True).count(),
        "leads that replied": Lead.objects.filter(replied_at__isnull=False).count(),
        "leads qualified": Lead.objects.filter(qualified_at__isnull=False).count(),
        "addresses silenced": Suppression.objects.count(),
        "tasks done": Task.objects.filter(finished_at__isnull=False).count(),
        "invoices": Invoice.objects.count(),
    }
