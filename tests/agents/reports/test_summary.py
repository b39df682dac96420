"""The digest's figures against an independent count, over days of every length."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import OutboxMail
from agents.models import Conversation, Message, SendAttempt, SystemSettings
from agents.reports.selectors.attention import list_decisions
from agents.reports.selectors.summary import (
    EmailFigures,
    LeadFigures,
    MoneyFigures,
    generate_daily_summary,
)
from agents.reports.services.digest import queue_digest, queue_due_digest
from agents.states import (
    AttemptOutcome,
    InboundStatus,
    MessageMode,
    MessageStatus,
    ReplyLabel,
    TaskStatus,
)
from billing.models import Invoice
from billing.states import InvoiceStatus
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    InvoiceFactory,
    LeadFactory,
    MessageFactory,
    TaskFactory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# The Sunday on which New York loses an hour, and the one on which Berlin gains one.
AFTER_SPRING = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
AFTER_AUTUMN = datetime(2026, 10, 25, 17, 0, tzinfo=UTC)


def finish(message: Message, status: MessageStatus, at: datetime) -> None:
    """Bring a planned row to its end the way the database allows."""
    path = {
        MessageStatus.DRY_RUN: [MessageStatus.QUEUED, MessageStatus.CLAIMED],
        MessageStatus.SENT: [MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING],
        MessageStatus.FAILED: [MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING],
        MessageStatus.UNKNOWN: [MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING],
    }[status]
    rows = Message.objects.filter(pk=message.pk)
    for step in path:
        rows.update(status=step, message_id=f"<{message.pk}@test>", sending_at=at)
    rows.update(status=status, finished_at=at, due_at=None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "zone", "hours"),
    [
        (AFTER_SPRING, "America/New_York", 23),
        (AFTER_SPRING, "Europe/Berlin", 24),
        (AFTER_AUTUMN, "Europe/Berlin", 25),
        (AFTER_AUTUMN, "America/New_York", 24),
        (AFTER_SPRING, "UTC", 24),
    ],
)
def test_figures_equal_an_independent_count(now: datetime, zone: str, hours: int) -> None:
    rng = random.Random(7)
    start = now - timedelta(hours=hours)
    customer = CustomerFactory.create()
    ends = [MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.DRY_RUN]
    expected: dict[str, Any] = {"by_source": {}, "emails": dict.fromkeys(ends, 0)}
    expected |= {"throttled": 0, "replies": 0, "invoices": (0, 0), "payments": (0, 0)}
    for number in range(120):
        # Exactly at the borders too: the start counts, the end does not.
        at = rng.choice([start, now, start - timedelta(seconds=1), now - timedelta(seconds=1)])
        if rng.random() < 0.7:
            at = now - timedelta(minutes=rng.randrange(60 * 40))
        counts = start <= at < now
        source = rng.choice(["import", "dummy_seed"])
        lead = LeadFactory.create(customer=customer, created_at=at, source=source)
        if counts:
            expected["by_source"][source] = expected["by_source"].get(source, 0) + 1
        status = rng.choice(ends)
        mode = MessageMode.DRY_RUN if status == MessageStatus.DRY_RUN else MessageMode.LIVE
        finish(MessageFactory.create(lead=lead, mode=mode), status, at)
        expected["emails"][status] += counts
        outcome = rng.choice([AttemptOutcome.THROTTLED, AttemptOutcome.REFUSED])
        SendAttempt.objects.create(
            at=at, customer_id=customer.pk, message_pk=number, lead_id=lead.pk,
            email=lead.email, subject="s", mode="DRY_RUN", outcome=outcome,
        )  # fmt: skip
        expected["throttled"] += counts and outcome == AttemptOutcome.THROTTLED
        label = rng.choice([ReplyLabel.INTERESTED, ReplyLabel.BOUNCE, ReplyLabel.UNCLEAR])
        InboundMessageFactory.create(received_at=at, label=label)
        expected["replies"] += counts and label != ReplyLabel.BOUNCE
        if number % 10 == 0:
            amount = rng.randrange(100, 9_999)
            bill = InvoiceFactory.create(created_at=at, total_cents=amount)
            if counts:
                count, cents = expected["invoices"]
                expected["invoices"] = (count + 1, cents + amount)
            Invoice.objects.filter(pk=bill.pk).update(status=InvoiceStatus.OPEN, issued_at=at)
            Invoice.objects.filter(pk=bill.pk).update(status=InvoiceStatus.PAID, paid_at=at)
            if counts:
                expected["payments"] = expected["invoices"]

    summary = generate_daily_summary(now=now, zone=zone)

    assert summary.start == start
    total_leads = sum(expected["by_source"].values())
    assert summary.leads == LeadFigures(total_leads, expected["by_source"])
    assert summary.emails == EmailFigures(
        total=sum(expected["emails"].values()),
        success=expected["emails"][MessageStatus.SENT],
        fail=expected["emails"][MessageStatus.FAILED],
        unknown=expected["emails"][MessageStatus.UNKNOWN],
        dry_run=expected["emails"][MessageStatus.DRY_RUN],
        throttled=expected["throttled"],
        throttled_is_partial=False,
    )
    assert summary.replies == expected["replies"]
    assert summary.invoices == MoneyFigures(*expected["invoices"])
    assert summary.payments == MoneyFigures(*expected["payments"])


@pytest.mark.django_db
def test_a_pruned_attempt_log_says_so(configure: Callable[..., None]) -> None:
    configure(LOG_KEEP_ENTRIES=100)
    SendAttempt.objects.bulk_create(
        SendAttempt(
            at=NOON - timedelta(minutes=1), customer_id=1, message_pk=n, lead_id=n,
            email="a@b.test", subject="s", mode="DRY_RUN", outcome=AttemptOutcome.THROTTLED,
        )
        for n in range(100)
    )  # fmt: skip

    emails = generate_daily_summary(now=NOON).emails

    assert (emails.throttled, emails.throttled_is_partial) == (100, True)


@pytest.mark.django_db
def test_decisions_come_most_urgent_first_and_at_most_three(django_assert_num_queries: Any) -> None:
    house = CustomerFactory.create(is_house=True)
    lead = LeadFactory.create(customer=house)
    finish(MessageFactory.create(lead=lead, mode=MessageMode.LIVE), MessageStatus.UNKNOWN, NOON)
    conversation = ConversationFactory.create(lead=lead)
    Conversation.objects.filter(pk=conversation.pk).update(
        is_awaiting_answer=True, last_reply_at=NOON
    )
    InboundMessageFactory.create_batch(2, status=InboundStatus.UNMATCHED, due_at=None)
    TaskFactory.create(status=TaskStatus.FAILED, due_at=None)
    # Another customer's prospect is that customer's to answer.
    other = ConversationFactory.create(is_awaiting_answer=True, last_reply_at=NOON)

    decisions = list_decisions(now=NOON)
    summary = generate_daily_summary(now=NOON)

    assert other.customer != house
    assert [(d.code, d.count) for d in decisions][:4] == [
        ("unknown_sends", 1),
        ("house_replies", 1),
        ("unmatched_replies", 2),
        ("failed_tasks", 1),
    ]
    assert [d.code for d in summary.decisions] == [
        "unknown_sends",
        "house_replies",
        "unmatched_replies",
    ]


@pytest.mark.django_db
def test_the_command_prints_text_and_json() -> None:
    LeadFactory.create(created_at=NOON - timedelta(hours=1), source="import")
    text, data = StringIO(), StringIO()

    with time_machine.travel(NOON, tick=False):
        call_command("daily_summary", stdout=text)
        call_command("daily_summary", "--json", "--weekly", stdout=data)

    assert "Leads      1\n           1 from import\n" in text.getvalue()
    assert "Nothing needs your attention." in text.getvalue()
    found = json.loads(data.getvalue())
    assert (found["days"], found["leads"]) == (7, {"total": 1, "by_source": {"import": 1}})


@pytest.mark.django_db
def test_the_command_names_a_bad_zone_and_a_missing_address() -> None:
    with pytest.raises(CommandError, match="'Mars' is not a time zone"):
        call_command("daily_summary", "--zone", "Mars", stdout=StringIO())
    with pytest.raises(CommandError, match="Set OPERATOR_EMAIL"):
        call_command("daily_summary", "--send", stdout=StringIO())


@pytest.mark.django_db
def test_the_digest_is_queued_once_a_day_and_twice_on_monday(
    configure: Callable[..., None],
) -> None:
    configure(OPERATOR_EMAIL="hoss@house.test", OPERATOR_TIMEZONE="America/New_York")
    sunday = datetime(2026, 3, 8, 11, 0, tzinfo=UTC)  # 07:00, on the day of 23 hours

    early = queue_due_digest(now=sunday - timedelta(seconds=1))
    due = queue_due_digest(now=sunday)
    again = queue_due_digest(now=sunday + timedelta(hours=3))
    monday = queue_due_digest(now=sunday + timedelta(days=1))

    assert (early, due, again, monday) == (False, True, False, True)
    keys = OutboxMail.objects.order_by("pk").values_list("dedupe_key", flat=True)
    assert list(keys) == ["summary:1:2026-03-08", "summary:1:2026-03-09", "summary:7:2026-03-09"]
    first = OutboxMail.objects.earliest("pk")
    assert first.to == "hoss@house.test"
    assert first.subject.startswith("[SUMMARY] 0 leads, 0 replies, 0 decisions")


@pytest.mark.django_db
def test_nobody_to_mail_means_no_mail() -> None:
    assert queue_due_digest(now=NOON) is False
    assert SystemSettings.objects.get().digest_sent_on is None


@pytest.mark.django_db
def test_the_mail_of_a_day_is_one_mail(configure: Callable[..., None]) -> None:
    configure(OPERATOR_EMAIL="hoss@house.test")
    summary = generate_daily_summary(now=NOON)

    first = queue_digest(summary=summary)
    second = queue_digest(summary=replace(summary, replies=5))

    assert first.pk == second.pk
