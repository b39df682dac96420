"""From a queued row to its result: the claim, the gate, the counters, the record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import (
    DailyQuota,
    HourlyQuota,
    Lead,
    Message,
    Profile,
    SandboxReaction,
    SendAttempt,
    Suppression,
)
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.services import send as engine
from agents.outreach.services.send import send_next, sweep_next
from agents.outreach.services.send.batches import Pace
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.claim import claim, release
from agents.states import LeadStatus, MessageMode, MessageStatus
from agents.suppression.selectors import suppression_hash
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def make_queued(**fields: Any) -> Message:
    return MessageFactory.create(status=MessageStatus.QUEUED, **fields)


def outcomes() -> list[tuple[str, str]]:
    return list(SendAttempt.objects.order_by("pk").values_list("outcome", "code"))


def test_nothing_due_is_one_query() -> None:
    make_queued(due_at=NOON + timedelta(seconds=1))

    with CaptureQueriesContext(connection) as queries:
        assert send_next(now=NOON) is False

    statements = [
        q["sql"] for q in queries if not q["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) == 1


def test_a_dry_run_of_a_real_lead_leaves_the_lead_new(caplog: pytest.LogCaptureFixture) -> None:
    message = make_queued()

    with caplog.at_level("INFO", logger="agents.email"):
        assert send_next(now=NOON) is True
        assert send_next(now=NOON) is False

    message.refresh_from_db()
    assert (message.status, message.transport, message.due_at) == ("dry_run", "DRY_RUN", None)
    assert message.finished_at == NOON
    assert message.message_id.endswith("@127.0.0.1>")
    assert (message.lead.status, message.lead.last_contacted_at) == (LeadStatus.NEW, None)
    assert outcomes() == [("dry_run", "")]
    assert [(q.mode, q.used) for q in HourlyQuota.objects.all()] == [("dry_run", 1)]
    assert [(q.mode, q.used, q.limit) for q in DailyQuota.objects.all()] == [("dry_run", 1, 10)]
    lines = [line for line in caplog.messages if line.startswith("[EMAIL]")]
    assert lines == [
        (
            f"[EMAIL][DRY_RUN] lead_id={message.lead_id} email={message.lead.email} "
            "subject=A quieter front desk "
            "preview=Hello Grace, would ten minutes next week suit you?"
        )
    ]


def test_a_fictional_lead_of_the_sandbox_counts_as_contacted() -> None:
    lead = LeadFactory.create(email="grace@clinic.example")
    message = make_queued(lead=lead)

    send_next(now=NOON)

    lead.refresh_from_db()
    assert (lead.status, lead.last_contacted_at) == (LeadStatus.CONTACTED, NOON)
    assert lead.next_action_at == NOON + timedelta(days=3) / 1440
    # Not due before it has a persona: a worker of 0.1.0 would fail on it.
    assert list(SandboxReaction.objects.values_list("pk", "persona", "due_at")) == [
        (message.pk, "", None)
    ]
    assert [(q.mode, q.used) for q in HourlyQuota.objects.all()] == [("sandbox", 1)]
    # Kept as for real time, so that the ramp grows from it as it would there.
    assert [(q.mode, q.limit) for q in DailyQuota.objects.all()] == [("sandbox", 10)]


def test_a_refused_row_keeps_its_reason_and_leaves_the_due_set() -> None:
    held = make_queued()
    held.customer.profile.outreach_paused_at = NOON
    held.customer.profile.save()
    other = make_queued(due_at=NOON)

    for minutes in (0, 0, 0, 6, 12):
        send_next(now=NOON + timedelta(minutes=minutes))

    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.status, held.held_code) == (MessageStatus.QUEUED, "paused")
    assert held.held_reason == "The operator has paused outreach for this account."
    assert held.due_at is not None
    assert held.due_at > NOON + timedelta(minutes=17)
    # The row behind it was not held up, and being asked three times is one attempt.
    assert other.status == MessageStatus.DRY_RUN
    assert sorted(outcomes()) == [("dry_run", ""), ("refused", "paused")]


def test_planned_mode_that_no_longer_holds_is_canceled() -> None:
    message = make_queued(mode=MessageMode.LIVE, lead__next_action_at=None)

    send_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, "mode_changed")
    assert message.lead.next_action_at == NOON
    assert HourlyQuota.objects.count() == 0


@pytest.mark.parametrize(
    ("code", "status"), [("suppressed", "closed"), ("undeliverable", "new"), ("mode_changed", "")]
)
def test_refusal_for_good_leaves_nothing_to_do_for_the_lead(code: str, status: str) -> None:
    """`status` is what becomes of a new lead; empty: of one that is closed already."""
    message = make_queued(lead__next_action_at=NOON + timedelta(days=1))
    leads = Lead.objects.filter(pk=message.lead_id)
    if code == "suppressed":
        # The row alone, as from a restored list: the leads know nothing of it.
        Suppression.objects.create(
            kind="address",
            value_hash=suppression_hash(message.lead.email),
            reason="opt_out",
            created_at=NOON,
        )
    elif code == "undeliverable":
        leads.update(address_check="undeliverable")
    else:
        leads.move(source="new", target="closed", next_action_at=None)
        Message.objects.update(mode="live")

    send_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, code)
    assert (message.due_at, message.finished_at) == (None, NOON)
    assert leads.values_list("status", "next_action_at").get() == (status or "closed", None)


def test_queued_mail_a_person_must_read_goes_back_to_approvals() -> None:
    message = make_queued()
    Profile.objects.update(approval_mode="review_all")

    send_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.due_at) == (MessageStatus.PLANNED, NOON)
    assert message.held_code == "needs_approval"


def test_a_refusal_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    message = make_queued()
    Profile.objects.update(outreach_paused_at=NOON)

    with caplog.at_level("INFO", logger="agents.email"):
        send_next(now=NOON)

    assert caplog.messages == [
        (
            f"[EMAIL][REFUSED] lead_id={message.lead_id} code=paused "
            "reason=The operator has paused outreach for this account."
        )
    ]


def test_the_hourly_cap_is_used_up_and_never_passed(
    configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(MAX_EMAILS_PER_HOUR=3)
    for _ in range(5):
        make_queued()

    with caplog.at_level("INFO", logger="agents.email"):
        while send_next(now=NOON):
            pass

    assert Message.objects.filter(status=MessageStatus.DRY_RUN).count() == 3
    held = Message.objects.filter(status=MessageStatus.QUEUED)
    assert {message.held_code for message in held} == {"hourly_cap"}
    assert not held.filter(due_at__lt=NOON + timedelta(hours=1)).exists()
    assert HourlyQuota.objects.get().used == 3
    assert outcomes().count(("throttled", "hourly_cap")) == 2
    assert "[EMAIL][THROTTLED] hour=2026-03-04T17:00Z count=3 limit=3" in caplog.messages

    while send_next(now=NOON + timedelta(hours=1, seconds=6)):
        pass
    assert Message.objects.filter(status=MessageStatus.DRY_RUN).count() == 5


def test_a_day_and_a_cycle_have_their_own_limits(configure: Callable[..., None]) -> None:
    configure(MAX_EMAILS_PER_CYCLE=4)
    customer = CustomerFactory.create()
    for _ in range(12):
        make_queued(lead=LeadFactory.create(customer=customer))

    def run(minutes: int) -> list[tuple[str, int]]:
        while send_next(now=NOON + timedelta(minutes=minutes)):
            pass
        codes = list(Message.objects.order_by("held_code").values_list("held_code", flat=True))
        return [(code, codes.count(code)) for code in sorted(set(codes))]

    assert run(0) == [("", 4), ("cycle_cap", 8)]
    assert run(6) == [("", 8), ("cycle_cap", 4)]
    assert run(12) == [("", 10), ("daily_ramp", 2)]
    # Counters throttle; the log tells them from what somebody must put right.
    assert set(outcomes()) == {
        ("dry_run", ""),
        ("throttled", "cycle_cap"),
        ("throttled", "daily_ramp"),
    }
    # The day was used up and clean: the next one has five more.
    assert run(24 * 60) == [("", 12)]
    assert list(DailyQuota.objects.order_by("day").values_list("used", "limit")) == [
        (10, 10),
        (2, 15),
    ]


def test_a_suppressed_address_is_never_written_to() -> None:
    message = make_queued()
    other = make_queued()

    suppress(kind="address", value=message.lead.email.upper(), reason="opt_out", now=NOON)
    while send_next(now=NOON):
        pass

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, "suppressed")
    assert message.lead.status == LeadStatus.UNSUBSCRIBED
    assert other.status == MessageStatus.DRY_RUN


@pytest.mark.parametrize("scope", ["everybody", "mine", "another"])
@pytest.mark.parametrize("kind", ["address", "domain"])
def test_the_gate_itself_asks_the_list(kind: str, scope: str) -> None:
    """Whatever a suppression did to rows: a message queued afterwards is refused."""
    mine, another = CustomerFactory.create_batch(2)
    customer = {"everybody": None, "mine": mine, "another": another}[scope]
    value = "grace@mail.clinic.com" if kind == "address" else "clinic.com"
    suppress(kind=kind, value=value, reason="manual", customer=customer, now=NOON)
    message = make_queued(lead=LeadFactory.create(email="grace@mail.clinic.com", customer=mine))

    send_next(now=NOON)

    message.refresh_from_db()
    expected = "" if scope == "another" else "suppressed"
    assert message.held_code == expected


def test_a_lease_that_ran_out_is_given_back_and_sent_once() -> None:
    message = make_queued()
    Message.objects.filter(pk=message.pk).move(
        source="queued", target="claimed", due_at=NOON + timedelta(minutes=2), fence=5
    )

    assert sweep_next(now=NOON + timedelta(minutes=1)) is False
    assert sweep_next(now=NOON + timedelta(minutes=2)) is True

    message.refresh_from_db()
    assert (message.status, message.fence) == (MessageStatus.QUEUED, 6)


def test_claim_takes_as_many_rows_as_it_may_of_its_customer() -> None:
    mine, theirs = CustomerFactory.create(), CustomerFactory.create()
    for customer in (theirs, mine, mine, mine, theirs):
        make_queued(lead=LeadFactory.create(customer=customer))

    claimed = claim(now=NOON, limit=2, customer=mine)

    assert [row.customer_id for row in claimed] == [mine.pk] * 2
    rows = Message.objects.filter(status="claimed").order_by("pk")
    assert list(rows.values_list("pk", "due_at")) == [
        (row.pk, NOON + timedelta(minutes=2)) for row in claimed
    ]


def test_worker_that_lost_its_lease_stops_and_releases_nothing() -> None:
    """The fence: the row is CLAIMED again, but by another."""
    message = make_queued()
    late = claim(now=NOON, limit=1)
    assert sweep_next(now=NOON + timedelta(minutes=2)) is True
    new = claim(now=NOON + timedelta(minutes=3), limit=1)

    release(late, now=NOON + timedelta(minutes=4))
    begin(late, now=NOON + timedelta(minutes=4))

    message.refresh_from_db()
    assert (message.status, message.due_at) == ("claimed", NOON + timedelta(minutes=5))
    assert HourlyQuota.objects.count() == 0
    begin(new, now=NOON + timedelta(minutes=4))
    message.refresh_from_db()
    assert message.status == MessageStatus.DRY_RUN


def test_fault_returns_the_batch_and_the_next_rows_go_one_by_one(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(MAX_EMAILS_PER_HOUR=1_000_000)
    pace = Pace()
    pace.learn(seconds=0.24, emails=3)
    monkeypatch.setattr(engine, "pace", pace)
    customer = CustomerFactory.create()
    for _ in range(6):
        make_queued(lead=LeadFactory.create(customer=customer))

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(engine, "begin", fail)
        with pytest.raises(RuntimeError):
            send_next(now=NOON)

    rows = Message.objects.order_by("pk").values_list("status", "held_code", "due_at")
    waiting = ("queued", "fault", NOON + timedelta(minutes=5))
    assert list(rows) == [waiting] * 3 + [("queued", "", NOON)] * 3
    send_next(now=NOON)
    assert [status for status, _, _ in rows.all()] == ["queued"] * 3 + ["dry_run"] + ["queued"] * 2


@pytest.mark.parametrize(
    ("per_hour", "seconds", "batch"),
    [(50, 0.001, 1), (14_400, 0.01, 4), (1_000_000, 0.01, 25), (1_000_000, 0.0, 100)],
)
def test_a_batch_is_what_the_hour_and_the_server_allow(
    configure: Callable[..., None], per_hour: int, seconds: float, batch: int
) -> None:
    configure(MAX_EMAILS_PER_HOUR=per_hour)
    pace = Pace()
    assert pace.batch == 1

    pace.learn(seconds=seconds, emails=1)

    assert pace.batch == batch


def test_cycle_ends_after_five_minutes_however_many_leave(
    configure: Callable[..., None],
) -> None:
    configure(MAX_EMAILS_PER_CYCLE=2)
    customer = CustomerFactory.create()
    for minutes in (0, 4, 6):
        due_at = NOON + timedelta(minutes=minutes)
        make_queued(lead=LeadFactory.create(customer=customer), due_at=due_at)
        send_next(now=due_at)

    assert set(Message.objects.values_list("status", flat=True)) == {"dry_run"}


def test_a_day_is_the_customer_s_own() -> None:
    customer = CustomerFactory.create(timezone="Pacific/Auckland")
    make_queued(lead=LeadFactory.create(customer=customer, timezone="America/New_York"))

    send_next(now=NOON)

    assert [day.isoformat() for day in DailyQuota.objects.values_list("day", flat=True)] == [
        "2026-03-05"
    ]


def test_a_row_that_is_no_longer_claimed_takes_no_slot() -> None:
    """A person skipped it between the claim and the point of no return; its fence is ours."""
    message = make_queued()
    claimed = claim(now=NOON, limit=1)
    Message.objects.filter(pk=message.pk).move(source="claimed", target="canceled", due_at=None)

    assert begin(claimed, now=NOON) == []

    assert Message.objects.get().status == MessageStatus.CANCELED
    assert (HourlyQuota.objects.count(), DailyQuota.objects.count(), outcomes()) == (0, 0, [])


def test_the_number_of_queries_does_not_grow_with_the_batch() -> None:
    customer = CustomerFactory.create()
    for _ in range(12):
        make_queued(lead=LeadFactory.create(customer=customer))
    rows = Message.objects.select_related(
        "lead__conversation", "customer__profile", "customer__subscription"
    )
    counts = []
    for size in (1, 12):
        messages = list(rows[:size])
        with CaptureQueriesContext(connection) as queries:
            get_send_facts(messages=messages, now=NOON, problems={})
        counts.append(len(queries))

    assert counts[0] == counts[1]
