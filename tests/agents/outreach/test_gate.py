"""The send gate: each check bites when only its fact is wrong, and nothing else does."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from agents.outreach import gate
from agents.outreach.gate import check_send, hour_ends_at
from agents.states import HoldCode
from hossagent.lib.sandbox_clock import SandboxClock
from tests.conftest import NOON
from tests.helpers.gate import BITES, DRY_RUN, NEXT_HOUR, make_facts

if TYPE_CHECKING:
    from datetime import datetime

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


def test_all_in_order_may_leave() -> None:
    assert check_send(make_facts()) is None
    assert check_send(make_facts(**DRY_RUN)) is None


@pytest.mark.parametrize(("code", "change", "next_look"), BITES, ids=IDS)
def test_one_wrong_fact_holds_with_its_code_and_time(
    code: str, change: dict[str, Any], next_look: datetime | None
) -> None:
    found = check_send(make_facts(**change))

    assert found is not None
    assert (found.code, found.next_look, found.is_final) == (code, next_look, next_look is None)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(("code", "change"), [(c, f) for c, f, _ in BITES], ids=IDS)
def test_without_its_check_it_would_leave(
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
def test_a_dry_run_obeys_all_but_the_live_checks(code: str, change: dict[str, Any]) -> None:
    if code == "mode_changed":
        change = {"message__mode_now": "live"}

    found = check_send(make_facts(**{**DRY_RUN, **change}))

    assert (found and found.code) == (None if code in LIVE_ONLY else code)


def codes_in_the_source() -> set[str]:
    """Every code that the gate's checks can answer with, read from their source."""
    return {
        HoldCode[node.attr].value
        for module in (gate.switches, gate.endings, gate.repairs, gate.waits, gate.limits)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "HoldCode"
    }


def test_every_code_and_every_check_has_a_case() -> None:
    assert {code for code, _, _ in BITES} == codes_in_the_source()
    bitten = {
        check for check in gate.CHECKS for _, change, _ in BITES if check(make_facts(**change))
    }

    assert bitten == set(gate.CHECKS)


@pytest.mark.parametrize("step", [0, 1])
def test_an_opener_needs_no_inbox_but_a_follow_up_does(step: int) -> None:
    found = check_send(
        make_facts(message__step=step, health__inbox_read_at=None, health__has_unread_mail=True)
    )

    assert (found and found.code) == (None if step == 0 else "unread_mail")


@pytest.mark.parametrize(("seconds", "code"), [(0, None), (1, "inbox_not_read")])
def test_an_inbox_is_stale_after_half_an_hour(seconds: int, code: str | None) -> None:
    read_at = NOON - timedelta(minutes=30, seconds=seconds)

    found = check_send(make_facts(health__inbox_read_at=read_at))

    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("change", "wait"),
    [
        ({"switches__is_stopped": True}, timedelta(minutes=5)),
        ({"recipient__conversation": "human"}, timedelta(hours=1)),
        ({"recipient__address_check": "risky"}, timedelta(days=1)),
        ({"health__has_unread_mail": True}, timedelta(minutes=1)),
        ({"recipient__contacted_by_other_at": NOON}, timedelta(days=30)),
    ],
)
def test_on_the_sandbox_clock_waits_are_shorter(change: dict[str, Any], wait: timedelta) -> None:
    found = check_send(make_facts(clock=SandboxClock(1440), **DRY_RUN, **change))

    assert found is not None
    assert found.next_look == NOON + wait / 1440


def test_the_hour_is_the_clock_s_in_utc() -> None:
    assert hour_ends_at(NOON.astimezone(ZoneInfo("Asia/Kolkata"))) == NEXT_HOUR


def test_a_hold_says_what_is_known_about_the_address() -> None:
    known = make_facts(
        recipient__address_check="undeliverable", recipient__address_flags="role no_such_domain"
    )
    risky = make_facts(recipient__address_check="risky")

    assert [found.sentence for found in map(check_send, (known, risky)) if found] == [
        "Email cannot be delivered to Grace Hopper at Clinic 1 (role, no such domain).",
        ("The address of Grace Hopper at Clinic 1 is risky. Find a better one, or close the lead."),
    ]


def test_time_repairs_what_time_repairs() -> None:
    """At the moment that a hold names, the same fact no longer bites."""
    for code, change, next_look in BITES:
        if code not in {"window", "contact_gap", "pace", "domain_gap", "hour_guard"}:
            continue
        assert next_look is not None
        later = make_facts(**{**change, "now": next_look, "health__inbox_read_at": next_look})
        found = check_send(later)
        assert found is None or found.code != code, code


@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
def test_the_sandbox_moves_at_any_hour_of_any_day(hours: int) -> None:
    """A customer's first window is open when it is made, and a hold by the window lasts
    less than three sandbox days."""
    made = NOON + timedelta(hours=hours)
    facts = make_facts(
        recipient__is_fictional=True, clock=SandboxClock(1440, made), now=made, **DRY_RUN
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
