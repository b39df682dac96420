"""The send gate: each check bites when only its fact is wrong, and nothing else does."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents.outreach import gate
from agents.outreach.gate import SendFacts, check_send, hour_ends_at
from agents.states import LeadStatus
from tests.conftest import NOON


def make_facts(**changes: Any) -> SendFacts:
    """A live follow-up that may leave: Wednesday noon in New York, all in order."""
    return replace(
        SendFacts(
            now=NOON,
            mode="live",
            mode_now="live",
            is_stopped=False,
            is_autopilot_off_for_all=False,
            is_closed=False,
            is_paused=False,
            is_autopilot_off=False,
            may_work=True,
            may_send_live=True,
            is_owner_verified=True,
            sender_name="Ada Byron",
            sender_address="ada@agency.com",
            postal_address="1 Main Street, Austin, TX 78701",
            lead="Grace Hopper at Clinic 1",
            lead_status=LeadStatus.CONTACTED,
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
            step=1,
            needs_approval=False,
            problems=(),
            zone="America/New_York",
            window_start=time(9),
            window_end=time(17),
            window_weekdays=(0, 1, 2, 3, 4),
            customer_zone="America/New_York",
            day_used=9,
            day_limit=10,
            cycle_used=9,
            cycle_limit=10,
            cycle_ends_at=NOON + timedelta(minutes=2),
            hour_used=49,
            hour_limit=50,
            pace_until=at(2026, 3, 1),
            domain_gap_until=None,
            breaker="",
            has_unread_mail=False,
            inbox_read_at=NOON - timedelta(minutes=5),
            domain_problem="",
            speed=1,
            anchor=NOON,
        ),
        **changes,
    )


def at(*args: int) -> datetime:
    return datetime(*args, tzinfo=UTC)  # type: ignore[arg-type,misc] # year, month, day, …


FINAL = None
NEXT_HOUR = at(2026, 3, 4, 18)
# Code, the one wrong fact, when to look again (None: never).
BITES: list[tuple[str, dict[str, Any], datetime | None]] = [
    ("stopped", {"is_stopped": True}, NOON + timedelta(minutes=5)),
    (
        "autopilot_off_for_all",
        {"is_autopilot_off_for_all": True},
        NOON + timedelta(minutes=5),
    ),
    ("closed", {"is_closed": True}, FINAL),
    ("paused", {"is_paused": True}, NOON + timedelta(minutes=5)),
    ("autopilot_off", {"is_autopilot_off": True}, NOON + timedelta(hours=1)),
    ("fictional_lead", {"is_fictional": True}, FINAL),
    ("mode_changed", {"mode_now": "dry_run"}, FINAL),
    ("suppressed", {"suppressed_by": "the address is listed"}, FINAL),
    ("replied", {"replied_at": NOON - timedelta(hours=1)}, FINAL),
    ("lead_state", {"lead_status": LeadStatus.BOUNCED}, FINAL),
    ("lead_state", {"lead_status": LeadStatus.UNSUBSCRIBED}, FINAL),
    ("company_replied", {"company_replied": True}, FINAL),
    (
        "undeliverable",
        {"address_check": "undeliverable", "address_flags": "role no_such_domain"},
        FINAL,
    ),
    ("conversation_closed", {"conversation": "closed"}, FINAL),
    ("taken_over", {"conversation": "human"}, NOON + timedelta(hours=1)),
    ("risky_address", {"address_check": "risky"}, NOON + timedelta(days=1)),
    ("no_plan", {"may_work": False}, NOON + timedelta(hours=1)),
    ("not_entitled", {"may_send_live": False}, NOON + timedelta(hours=1)),
    ("owner_unverified", {"is_owner_verified": False}, NOON + timedelta(hours=1)),
    ("no_identity", {"sender_name": " "}, NOON + timedelta(hours=1)),
    ("no_identity", {"postal_address": ""}, NOON + timedelta(hours=1)),
    ("no_identity", {"sender_address": ""}, NOON + timedelta(hours=1)),
    ("region", {"country": ""}, NOON + timedelta(days=1)),
    ("region", {"country": "DE"}, NOON + timedelta(days=1)),
    ("region", {"country": "FR"}, NOON + timedelta(days=1)),
    ("region", {"mail_domain": "gmail.com"}, NOON + timedelta(days=1)),
    ("needs_approval", {"needs_approval": True}, NOON + timedelta(hours=1)),
    ("copy", {"problems": ("The subject is empty",)}, NOON + timedelta(days=1)),
    ("domain_check", {"domain_problem": "SPF fails"}, NOON + timedelta(hours=1)),
    ("breaker", {"breaker": "Too many bounces."}, NOON + timedelta(hours=1)),
    ("unread_mail", {"has_unread_mail": True}, NOON + timedelta(minutes=1)),
    ("inbox_not_read", {"inbox_read_at": None}, NOON + timedelta(minutes=5)),
    (
        "inbox_not_read",
        {"inbox_read_at": NOON - timedelta(minutes=31)},
        NOON + timedelta(minutes=5),
    ),
    (
        "contact_gap",
        {"contacted_by_other_at": NOON - timedelta(days=29)},
        NOON + timedelta(days=1),
    ),
    ("window", {"now": at(2026, 3, 4, 13, 59), "inbox_read_at": NOON}, at(2026, 3, 4, 14)),
    # Saturday: Monday nine o'clock, one hour earlier in UTC after the change to summer time.
    (
        "window",
        {"now": at(2026, 3, 7, 17), "inbox_read_at": at(2026, 3, 7, 17)},
        at(2026, 3, 9, 13),
    ),
    # Nine in New York is not yet nine in Los Angeles.
    (
        "window",
        {"now": at(2026, 3, 4, 14, 30), "zone": "America/Los_Angeles", "inbox_read_at": NOON},
        at(2026, 3, 4, 17),
    ),
    ("daily_ramp", {"day_used": 10}, at(2026, 3, 5, 5)),
    # The day is the customer's, wherever the lead lives.
    ("daily_ramp", {"day_used": 10, "zone": "America/Los_Angeles"}, at(2026, 3, 5, 5)),
    ("cycle_cap", {"cycle_used": 10}, NOON + timedelta(minutes=2)),
    ("pace", {"pace_until": NOON + timedelta(seconds=40)}, NOON + timedelta(seconds=40)),
    ("domain_gap", {"domain_gap_until": NOON + timedelta(minutes=1)}, NOON + timedelta(minutes=1)),
    ("hourly_cap", {"hour_used": 50}, NEXT_HOUR),
    (
        "hour_guard",
        {"now": NEXT_HOUR - timedelta(seconds=45), "inbox_read_at": NOON + timedelta(minutes=50)},
        NEXT_HOUR,
    ),
]
LIVE_ONLY = {
    "fictional_lead",
    "not_entitled",
    "owner_unverified",
    "no_identity",
    "region",
    "domain_check",
    "breaker",
    "inbox_not_read",
    "pace",
    "domain_gap",
    "hour_guard",
}
IDS = [f"{code}-{'-'.join(change)}" for code, change, _ in BITES]


def test_a_mail_with_all_in_order_may_leave() -> None:
    assert check_send(make_facts()) is None
    assert check_send(make_facts(mode="dry_run", mode_now="dry_run")) is None


@pytest.mark.parametrize(("code", "change", "next_look"), BITES, ids=IDS)
def test_one_wrong_fact_is_refused_with_its_code_and_time(
    code: str, change: dict[str, Any], next_look: datetime | None
) -> None:
    found = check_send(make_facts(**change))

    assert found is not None
    assert (found.code, found.next_look, found.is_final) == (code, next_look, next_look is None)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(("code", "change"), [(c, f) for c, f, _ in BITES], ids=IDS)
def test_without_its_check_the_mail_would_leave(
    code: str, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = make_facts(**change)
    kept = tuple(
        check for check in gate.CHECKS if (found := check(facts)) is None or found.code != code
    )
    assert len(kept) == len(gate.CHECKS) - 1
    monkeypatch.setattr(gate, "CHECKS", kept)

    assert check_send(facts) is None


@pytest.mark.parametrize(("code", "change"), [(c, f) for c, f, _ in BITES], ids=IDS)
def test_a_dry_run_obeys_all_but_the_checks_of_the_real_world(
    code: str, change: dict[str, Any]
) -> None:
    if code == "mode_changed":
        change = {"mode_now": "live"}

    found = check_send(make_facts(**{"mode": "dry_run", "mode_now": "dry_run", **change}))

    assert (found and found.code) == (None if code in LIVE_ONLY else code)


def codes_in_the_source() -> set[str]:
    """Every code that the gate can answer with, read from its source."""
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(gate)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {
        ast.literal_eval(call.args[0])
        for call in calls
        if call.func.id in {"Hold", "_stop"} and isinstance(call.args[0], ast.Constant)  # type: ignore[attr-defined] # a Name, see above
    }


def test_every_code_and_every_check_has_a_case() -> None:
    assert {code for code, _, _ in BITES} == codes_in_the_source()
    bitten = {
        check for check in gate.CHECKS for _, change, _ in BITES if check(make_facts(**change))
    }

    assert bitten == set(gate.CHECKS)


@pytest.mark.parametrize("step", [0, 1])
def test_an_opener_needs_no_inbox_but_a_follow_up_does(step: int) -> None:
    found = check_send(make_facts(step=step, inbox_read_at=None, has_unread_mail=True))

    assert (found and found.code) == (None if step == 0 else "unread_mail")


@pytest.mark.parametrize(("seconds", "code"), [(0, None), (1, "inbox_not_read")])
def test_an_inbox_is_stale_after_half_an_hour(seconds: int, code: str | None) -> None:
    read_at = NOON - timedelta(minutes=30, seconds=seconds)

    found = check_send(make_facts(inbox_read_at=read_at))

    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("change", "wait"),
    [
        ({"is_stopped": True}, timedelta(minutes=5)),
        ({"conversation": "human"}, timedelta(hours=1)),
        ({"address_check": "risky"}, timedelta(days=1)),
        ({"has_unread_mail": True}, timedelta(minutes=1)),
        ({"contacted_by_other_at": NOON}, timedelta(days=30)),
    ],
)
def test_on_the_sandbox_clock_the_wait_is_as_much_shorter(
    change: dict[str, Any], wait: timedelta
) -> None:
    found = check_send(make_facts(mode="dry_run", mode_now="dry_run", speed=1440, **change))

    assert found is not None
    assert found.next_look == NOON + wait / 1440


def test_the_hour_is_the_clock_s_in_utc_whatever_zone_it_is_told_in() -> None:
    assert hour_ends_at(NOON.astimezone(ZoneInfo("Asia/Kolkata"))) == NEXT_HOUR


def test_a_refusal_says_what_is_known_about_the_address() -> None:
    known = make_facts(address_check="undeliverable", address_flags="role no_such_domain")
    risky = make_facts(address_check="risky")

    assert [found.sentence for found in map(check_send, (known, risky)) if found] == [
        "Mail cannot be delivered to Grace Hopper at Clinic 1 (role, no such domain).",
        ("The address of Grace Hopper at Clinic 1 is risky; find a better one, or close the lead."),
    ]


def test_time_repairs_what_time_repairs() -> None:
    """At the moment that a refusal names, the same fact no longer bites."""
    for code, change, next_look in BITES:
        if code not in {"window", "contact_gap", "pace", "domain_gap", "hour_guard"}:
            continue
        assert next_look is not None
        later = make_facts(**{**change, "now": next_look, "inbox_read_at": next_look})
        found = check_send(later)
        assert found is None or found.code != code, code


@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
def test_the_sandbox_moves_at_any_hour_of_any_day(hours: int) -> None:
    """On the compressed clock a customer's first window is open when it is made, and a
    refusal by the window lasts less than three sandbox days."""
    made = NOON + timedelta(hours=hours)
    facts = make_facts(
        mode="dry_run", mode_now="dry_run", is_fictional=True, speed=1440, anchor=made, now=made
    )

    assert check_send(facts) is None

    waits = []
    for seconds in range(0, 420, 7):
        found = check_send(replace(facts, now=made + timedelta(seconds=seconds)))
        if found is not None:
            assert found.code == "window"
            assert found.next_look is not None
            waits.append(found.next_look - facts.now - timedelta(seconds=seconds))
            assert check_send(replace(facts, now=found.next_look)) is None
    assert waits
    assert max(waits) < timedelta(days=3) / 1440
