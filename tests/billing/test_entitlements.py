"""What a customer may do, for every status and every position of the clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing import entitlements
from billing.entitlements import PlanStatus
from billing.plans import PRO
from billing.states import SubscriptionStatus
from tests.conftest import NOON


@dataclass
class Facts:
    trial_started_at: datetime | None = None
    trial_ends_at: datetime | None = None
    is_complimentary: bool = False
    leads_used: int = 0
    tasks_used: int = 0
    status: str = "none"
    current_period_end: datetime | None = None
    cancel_at: datetime | None = None
    past_due_since: datetime | None = None
    last_paid_at: datetime | None = None


@dataclass
class Buyer:
    subscription: Facts = field(default_factory=Facts)


TRIAL = Facts(trial_started_at=NOON, trial_ends_at=NOON + PRO.trial_length)


def plan_status(facts: Facts, after: timedelta = timedelta(0)) -> PlanStatus:
    return entitlements.get_plan_status(Buyer(facts), now=NOON + after)


@pytest.mark.parametrize(
    ("after", "days", "running"),
    [
        (timedelta(0), 7, True),
        (timedelta(seconds=1), 7, True),
        (timedelta(days=1), 6, True),
        (timedelta(days=6, hours=23, minutes=59), 1, True),
        (timedelta(days=7) - timedelta(microseconds=1), 1, True),
        (timedelta(days=7), 0, False),
        (timedelta(days=30), 0, False),
    ],
)
def test_trial_days_count_down_from_seven(after: timedelta, days: int, *, running: bool) -> None:
    buyer, now = Buyer(TRIAL), NOON + after

    assert entitlements.get_trial_days_left(buyer, now=now) == days
    assert entitlements.is_trial_active(buyer, now=now) is running
    assert entitlements.can_run_agent_for(buyer, now=now) is running
    assert entitlements.may_send_live(buyer, now=now) is False


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland", "UTC"])
@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 10, 24), date(2026, 4, 3)])
def test_a_trial_is_seven_times_24_hours_across_daylight_saving(zone: str, day: date) -> None:
    started = datetime.combine(day, time(23, 30), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    buyer = Buyer(Facts(trial_started_at=started, trial_ends_at=started + PRO.trial_length))

    last_hour = (started + timedelta(days=6, hours=23)).astimezone(ZoneInfo(zone))

    assert entitlements.get_trial_days_left(buyer, now=started) == 7
    assert entitlements.get_trial_days_left(buyer, now=last_hour) == 1
    assert not entitlements.is_trial_active(buyer, now=started + timedelta(days=7))


PAID = replace(
    TRIAL,
    status="active",
    last_paid_at=NOON,
    current_period_end=NOON + timedelta(days=30),
)
CANCELED = replace(PAID, status="canceled")
ENDING = replace(PAID, cancel_at=NOON + timedelta(days=5))
OVERDUE = replace(PAID, status="past_due", past_due_since=NOON)
TRIALING = replace(TRIAL, status="trialing")
NINE_DAYS = NOON + timedelta(days=9)


@pytest.mark.parametrize(
    ("facts", "after", "expected", "works", "live"),
    [
        (Facts(), 0, PlanStatus.NONE, False, False),
        (TRIAL, 0, PlanStatus.TRIAL, True, False),
        (TRIAL, 8, PlanStatus.TRIAL_EXPIRED, False, False),
        (Facts(is_complimentary=True), 0, PlanStatus.COMPLIMENTARY, True, True),
        (replace(CANCELED, is_complimentary=True), 0, PlanStatus.COMPLIMENTARY, True, True),
        (PAID, 0, PlanStatus.ACTIVE, True, True),
        (PAID, 90, PlanStatus.ACTIVE, True, True),
        (replace(PAID, last_paid_at=None), 0, PlanStatus.ACTIVE, True, False),
        (TRIALING, 0, PlanStatus.TRIAL, True, False),
        (replace(TRIALING, last_paid_at=NOON), 0, PlanStatus.TRIAL, True, False),
        (TRIALING, 7, PlanStatus.TRIAL_EXPIRED, False, False),
        # Stripe gave a longer trial: it counts.
        (replace(TRIALING, current_period_end=NINE_DAYS), 8, PlanStatus.TRIAL, True, False),
        (Facts(status="trialing", current_period_end=NINE_DAYS), 8, PlanStatus.TRIAL, True, False),
        (ENDING, 4, PlanStatus.CANCEL_SCHEDULED, True, True),
        (ENDING, 5, PlanStatus.CANCELED, False, False),
        (OVERDUE, 2, PlanStatus.PAST_DUE, True, True),
        (OVERDUE, 3, PlanStatus.PAST_DUE_STOPPED, True, False),
        (replace(OVERDUE, past_due_since=None), 0, PlanStatus.PAST_DUE_STOPPED, True, False),
        (replace(OVERDUE, last_paid_at=None), 0, PlanStatus.PAST_DUE, True, False),
        (replace(OVERDUE, cancel_at=NOON), 0, PlanStatus.CANCELED, False, False),
        (replace(PAID, status="unpaid"), 0, PlanStatus.UNPAID, False, False),
        (replace(PAID, status="paused"), 0, PlanStatus.PAUSED, False, False),
        (CANCELED, 0, PlanStatus.CANCELED, False, False),
        (replace(PAID, status="incomplete"), 8, PlanStatus.INCOMPLETE, False, False),
        # A checkout begun and not finished does not take a running trial away.
        (replace(TRIAL, status="incomplete"), 0, PlanStatus.TRIAL, True, False),
        (replace(PAID, status="unknown"), 0, PlanStatus.UNKNOWN, False, False),
        (replace(PAID, status="a word of tomorrow"), 0, PlanStatus.UNKNOWN, False, False),
        (replace(TRIAL, status="unknown"), 0, PlanStatus.UNKNOWN, False, False),
    ],
)
def test_status_and_rights(
    facts: Facts, after: int, expected: PlanStatus, *, works: bool, live: bool
) -> None:
    buyer, now = Buyer(facts), NOON + timedelta(days=after)

    assert entitlements.get_plan_status(buyer, now=now) == expected
    assert entitlements.can_run_agent_for(buyer, now=now) is works
    assert entitlements.may_send_live(buyer, now=now) is live


def test_grace_of_three_days_ends_to_the_microsecond() -> None:
    last = timedelta(days=3) - timedelta(microseconds=1)

    assert plan_status(OVERDUE, last) is PlanStatus.PAST_DUE
    assert plan_status(OVERDUE, timedelta(days=3)) is PlanStatus.PAST_DUE_STOPPED


def test_allowances_are_limited_on_trial_and_not_for_pro() -> None:
    used_up = Buyer(replace(TRIAL, leads_used=20, tasks_used=16))
    pro = Buyer(replace(PAID, leads_used=900, tasks_used=900))

    leads = entitlements.lead_allowance(used_up, now=NOON)
    tasks = entitlements.task_allowance(used_up, now=NOON)

    assert (leads.left, leads.is_used_up) == (0, True)
    assert (tasks.left, tasks.is_used_up) == (0, True)
    assert entitlements.lead_allowance(pro, now=NOON).left is None
    assert entitlements.task_allowance(pro, now=NOON).is_used_up is False


def test_paid_and_complimentary_are_counted_apart() -> None:
    complimentary = Buyer(replace(PAID, is_complimentary=True))

    assert entitlements.is_paid(Buyer(PAID), now=NOON) is True
    assert entitlements.is_paid(complimentary, now=NOON) is False
    assert entitlements.has_pro_entitlement(complimentary, now=NOON) is True
    assert entitlements.is_paid(Buyer(TRIAL), now=NOON) is False


moments = st.one_of(
    st.none(),
    st.integers(min_value=-60, max_value=60).map(lambda days: NOON + timedelta(days=days)),
    st.integers(min_value=-5, max_value=5).map(lambda us: NOON + timedelta(microseconds=us)),
)
any_facts = st.builds(
    Facts,
    trial_started_at=moments,
    trial_ends_at=moments,
    is_complimentary=st.booleans(),
    status=st.sampled_from([*SubscriptionStatus.values, "brand_new_word"]),
    current_period_end=moments,
    cancel_at=moments,
    past_due_since=moments,
    last_paid_at=moments,
)


# Many examples: only about one in a hundred is running and unpaid at the same time.
@settings(max_examples=1500, deadline=None)
@given(facts=any_facts)
def test_live_sending_is_never_given_to_someone_unpaid(facts: Facts) -> None:
    buyer = Buyer(facts)
    live = entitlements.may_send_live(buyer, now=NOON)

    if live and not facts.is_complimentary:
        assert facts.last_paid_at is not None
        assert facts.status in {"active", "past_due"}
        assert facts.cancel_at is None or facts.cancel_at > NOON
        assert entitlements.is_paid(buyer, now=NOON)
    if live:
        assert entitlements.can_run_agent_for(buyer, now=NOON)
        assert entitlements.has_pro_entitlement(buyer, now=NOON)


@given(facts=any_facts)
def test_rights_agree_with_each_other(facts: Facts) -> None:
    buyer = Buyer(facts)
    on_trial = entitlements.is_trial_active(buyer, now=NOON)
    pro = entitlements.has_pro_entitlement(buyer, now=NOON)

    assert not (on_trial and pro)
    assert entitlements.can_run_agent_for(buyer, now=NOON) is (on_trial or pro)
    assert (entitlements.get_trial_days_left(buyer, now=NOON) > 0) is on_trial
    assert (entitlements.lead_allowance(buyer, now=NOON).limit is None) is pro
