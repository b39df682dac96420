"""The digest: what happened in the last day or week, and what needs a person.

One place computes the figures; the page, the command and the mail only show them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, Sum

from agents.models import InboundMessage, Lead, Message, SendAttempt
from agents.reports.selectors.attention import Decision, list_decisions
from agents.states import HUMAN_REPLIES, AttemptOutcome, MessageStatus
from billing.models import Invoice
from billing.selectors.revenue import payments_between
from hossagent.lib.calendars import days_before

if TYPE_CHECKING:
    from datetime import datetime

MOST_DECISIONS = 3


@dataclass(frozen=True, slots=True)
class LeadFigures:
    total: int
    by_source: dict[str, int]


@dataclass(frozen=True, slots=True)
class EmailFigures:
    """`total` counts mails with an outcome: success, fail, unknown and dry run.

    Throttled is how often a limit held a mail back; such a mail goes out later. The
    attempt log keeps its newest entries only: where it no longer reaches back to the
    start, `throttled_is_partial` says that the true figure is higher.
    """

    total: int
    success: int
    fail: int
    unknown: int
    dry_run: int
    throttled: int
    throttled_is_partial: bool


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    count: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of [start, end): times in UTC, amounts in cents."""

    start: datetime
    end: datetime
    days: int
    zone: str
    leads: LeadFigures
    emails: EmailFigures
    replies: int
    invoices: MoneyFigures
    payments: MoneyFigures
    decisions: tuple[Decision, ...]

    def as_json(self) -> dict[str, Any]:
        """The same figures as plain JSON values, times in ISO 8601."""
        data = asdict(self)
        data["start"], data["end"] = self.start.isoformat(), self.end.isoformat()
        return data


def generate_daily_summary(*, now: datetime, days: int = 1, zone: str = "UTC") -> Summary:
    """The digest for the `days` that end at `now`, by the calendar of `zone`.

    A constant number of queries, each over an index on time.
    """
    start = days_before(now, days, zone)
    within = {"gte": start, "lt": now}
    return Summary(
        start=start,
        end=now,
        days=days,
        zone=zone,
        leads=_leads(within),
        emails=_emails(within),
        replies=_during(
            InboundMessage.objects.filter(label__in=HUMAN_REPLIES), "received_at", within
        ),
        invoices=_invoices(within),
        payments=MoneyFigures(*payments_between(start=start, end=now)),
        decisions=tuple(list_decisions(now=now)[:MOST_DECISIONS]),
    )


def _span(field: str, within: dict[str, datetime]) -> dict[str, datetime]:
    return {f"{field}__{lookup}": moment for lookup, moment in within.items()}


def _during(rows: Any, field: str, within: dict[str, datetime]) -> int:
    return int(rows.filter(**_span(field, within)).count())


def _leads(within: dict[str, datetime]) -> LeadFigures:
    rows = (
        Lead.objects.filter(**_span("created_at", within))
        .values_list("source")
        .annotate(found=Count("pk"))
        .order_by("-found", "source")
    )
    by_source = dict(rows)
    return LeadFigures(sum(by_source.values()), by_source)


def _emails(within: dict[str, datetime]) -> EmailFigures:
    counted = Message.objects.filter(**_span("finished_at", within)).aggregate(
        **{
            status.value: Count("pk", filter=Q(status=status))
            for status in (
                MessageStatus.SENT,
                MessageStatus.FAILED,
                MessageStatus.UNKNOWN,
                MessageStatus.DRY_RUN,
            )
        }
    )
    attempts = SendAttempt.objects.filter(**_span("at", within))
    throttled = attempts.filter(outcome=AttemptOutcome.THROTTLED).count()
    # The oldest entry of a full log tells how far back it reaches.
    reaches_back_to = (SendAttempt.objects.order_by("-pk").values_list("at", flat=True))[
        settings.CONFIG.LOG_KEEP_ENTRIES - 1 : settings.CONFIG.LOG_KEEP_ENTRIES
    ].first()
    return EmailFigures(
        total=sum(counted.values()),
        success=counted[MessageStatus.SENT],
        fail=counted[MessageStatus.FAILED],
        unknown=counted[MessageStatus.UNKNOWN],
        dry_run=counted[MessageStatus.DRY_RUN],
        throttled=throttled,
        throttled_is_partial=reaches_back_to is not None and reaches_back_to > within["gte"],
    )


def _invoices(within: dict[str, datetime]) -> MoneyFigures:
    found = Invoice.objects.filter(**_span("created_at", within)).aggregate(
        count=Count("pk"), amount_cents=Sum("total_cents", default=0)
    )
    return MoneyFigures(found["count"], found["amount_cents"])
