"""The send gate's facts for tests: all in order, and each way to get them wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from agents.outreach.gate import (
    HealthFacts,
    LimitFacts,
    MessageFacts,
    RecipientFacts,
    SenderFacts,
    SendFacts,
    SwitchFacts,
    WindowFacts,
)
from agents.states import LeadStatus, QuotaMode
from hossagent.lib.sandbox_clock import REAL_TIME
from tests.conftest import NOON


def at(*args: int) -> datetime:
    return datetime(*args, tzinfo=UTC)  # type: ignore[arg-type,misc] # year, month, day, …


# A live follow-up that may leave: Wednesday noon in New York, one slot left everywhere.
ALL_IN_ORDER = SendFacts(
    now=NOON,
    clock=REAL_TIME,
    switches=SwitchFacts(
        is_stopped=False,
        is_autopilot_off_for_all=False,
        is_closed=False,
        is_paused=False,
        is_autopilot_off=False,
    ),
    sender=SenderFacts(
        name="Ada Byron",
        address="ada@agency.com",
        postal_address="1 Main Street, Austin, TX 78701",
        may_work=True,
        may_send_live=True,
        is_owner_verified=True,
    ),
    recipient=RecipientFacts(
        name="Grace Hopper at Clinic 1",
        status=LeadStatus.CONTACTED,
        is_fictional=False,
        country="US",
        mail_domain="clinic1.com",
        address_check="deliverable",
        address_flags="",
        suppressed_by="",
        replied_at=None,
        company_replied=False,
        conversation="open",
        contacted_by_other_at=None,
        domain_gap_until=None,
    ),
    message=MessageFacts(mode="live", mode_now="live", step=1, needs_approval=False, problems=()),
    window=WindowFacts(
        zone="America/New_York", start=time(9), end=time(17), weekdays=(0, 1, 2, 3, 4)
    ),
    limits=LimitFacts(
        counter=QuotaMode.LIVE,
        zone="America/New_York",
        day_used=9,
        day_limit=10,
        day_starts_with=10,
        cycle_used=9,
        cycle_limit=10,
        cycle_started_at=NOON - timedelta(minutes=3),
        cycle_ends_at=NOON + timedelta(minutes=2),
        hour_used=49,
        hour_limit=50,
        pace_until=at(2026, 3, 1),
    ),
    health=HealthFacts(
        breaker="",
        domain_problem="",
        has_unread_mail=False,
        inbox_read_at=NOON - timedelta(minutes=5),
    ),
)


def make_facts(**changes: Any) -> SendFacts:
    """All in order but `changes`: `recipient__country=""` is a fact of one subject, `now=…`
    one of the message itself."""
    facts = ALL_IN_ORDER
    for name, value in changes.items():
        subject, _, field = name.rpartition("__")
        changed = replace(getattr(facts, subject), **{field: value}) if subject else value
        facts = replace(facts, **{subject or field: changed})
    return facts


# What makes a dry run of it.
DRY_RUN = {"message__mode": "dry_run", "message__mode_now": "dry_run"}
FINAL = None
NEXT_HOUR = at(2026, 3, 4, 18)
# Code, the one wrong fact, when to look again (None: never).
BITES: list[tuple[str, dict[str, Any], datetime | None]] = [
    ("stopped", {"switches__is_stopped": True}, NOON + timedelta(minutes=5)),
    (
        "autopilot_off_for_all",
        {"switches__is_autopilot_off_for_all": True},
        NOON + timedelta(minutes=5),
    ),
    ("closed", {"switches__is_closed": True}, FINAL),
    ("paused", {"switches__is_paused": True}, NOON + timedelta(minutes=5)),
    ("autopilot_off", {"switches__is_autopilot_off": True}, NOON + timedelta(hours=1)),
    ("fictional_lead", {"recipient__is_fictional": True}, FINAL),
    ("mode_changed", {"message__mode_now": "dry_run"}, FINAL),
    ("suppressed", {"recipient__suppressed_by": "the address is listed"}, FINAL),
    ("replied", {"recipient__replied_at": NOON - timedelta(hours=1)}, FINAL),
    ("lead_state", {"recipient__status": LeadStatus.BOUNCED}, FINAL),
    ("lead_state", {"recipient__status": LeadStatus.UNSUBSCRIBED}, FINAL),
    ("company_replied", {"recipient__company_replied": True}, FINAL),
    (
        "undeliverable",
        {
            "recipient__address_check": "undeliverable",
            "recipient__address_flags": "role no_such_domain",
        },
        FINAL,
    ),
    ("conversation_closed", {"recipient__conversation": "closed"}, FINAL),
    ("taken_over", {"recipient__conversation": "human"}, NOON + timedelta(hours=1)),
    ("risky_address", {"recipient__address_check": "risky"}, NOON + timedelta(days=1)),
    ("no_plan", {"sender__may_work": False}, NOON + timedelta(hours=1)),
    ("not_entitled", {"sender__may_send_live": False}, NOON + timedelta(hours=1)),
    ("owner_unverified", {"sender__is_owner_verified": False}, NOON + timedelta(hours=1)),
    ("no_identity", {"sender__name": " "}, NOON + timedelta(hours=1)),
    ("no_identity", {"sender__postal_address": ""}, NOON + timedelta(hours=1)),
    ("no_identity", {"sender__address": ""}, NOON + timedelta(hours=1)),
    ("region", {"recipient__country": ""}, NOON + timedelta(days=1)),
    ("region", {"recipient__country": "DE"}, NOON + timedelta(days=1)),
    ("region", {"recipient__country": "FR"}, NOON + timedelta(days=1)),
    ("region", {"recipient__mail_domain": "gmail.com"}, NOON + timedelta(days=1)),
    ("needs_approval", {"message__needs_approval": True}, NOON + timedelta(hours=1)),
    ("copy", {"message__problems": ("The subject is empty",)}, NOON + timedelta(days=1)),
    ("domain_check", {"health__domain_problem": "SPF fails"}, NOON + timedelta(hours=1)),
    ("breaker", {"health__breaker": "Too many bounces."}, NOON + timedelta(hours=1)),
    ("unread_mail", {"health__has_unread_mail": True}, NOON + timedelta(minutes=1)),
    ("inbox_not_read", {"health__inbox_read_at": None}, NOON + timedelta(minutes=5)),
    (
        "inbox_not_read",
        {"health__inbox_read_at": NOON - timedelta(minutes=31)},
        NOON + timedelta(minutes=5),
    ),
    (
        "contact_gap",
        {"recipient__contacted_by_other_at": NOON - timedelta(days=29)},
        NOON + timedelta(days=1),
    ),
    ("window", {"now": at(2026, 3, 4, 13, 59), "health__inbox_read_at": NOON}, at(2026, 3, 4, 14)),
    # Saturday: Monday nine o'clock, one hour earlier in UTC after the change to summer time.
    (
        "window",
        {"now": at(2026, 3, 7, 17), "health__inbox_read_at": at(2026, 3, 7, 17)},
        at(2026, 3, 9, 13),
    ),
    # Nine in New York is not yet nine in Los Angeles.
    (
        "window",
        {
            "now": at(2026, 3, 4, 14, 30),
            "window__zone": "America/Los_Angeles",
            "health__inbox_read_at": NOON,
        },
        at(2026, 3, 4, 17),
    ),
    ("daily_ramp", {"limits__day_used": 10}, at(2026, 3, 5, 5)),
    # The day is the customer's, wherever the lead lives.
    (
        "daily_ramp",
        {"limits__day_used": 10, "window__zone": "America/Los_Angeles"},
        at(2026, 3, 5, 5),
    ),
    ("cycle_cap", {"limits__cycle_used": 10}, NOON + timedelta(minutes=2)),
    ("pace", {"limits__pace_until": NOON + timedelta(seconds=40)}, NOON + timedelta(seconds=40)),
    (
        "domain_gap",
        {"recipient__domain_gap_until": NOON + timedelta(minutes=1)},
        NOON + timedelta(minutes=1),
    ),
    ("hourly_cap", {"limits__hour_used": 50}, NEXT_HOUR),
    (
        "hour_guard",
        {
            "now": NEXT_HOUR - timedelta(seconds=45),
            "health__inbox_read_at": NOON + timedelta(minutes=50),
        },
        NEXT_HOUR,
    ),
]
