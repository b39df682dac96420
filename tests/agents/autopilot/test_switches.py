"""Each switch does one thing, once, writes one audit row, and is asked before an email leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import AuditEvent
from agents.autopilot.services import switches
from agents.autopilot.services.cycles import run_cycle, run_due_customers
from agents.autopilot.services.manual_run import run_for_all
from agents.models import Message, SystemSettings
from agents.outreach.services.send import send_next
from agents.states import CycleAgent, MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.models import Customer

pytestmark = pytest.mark.django_db
HOSS = "hoss@hossagent.test"
TOMORROW = NOON + timedelta(days=1)


@dataclass(frozen=True)
class Switch:
    """How it is turned off and on, and what a mail that it holds says."""

    off: Callable[[Customer, datetime], bool]
    on: Callable[[Customer, datetime], bool]
    code: str
    reason: str


def _of_everybody(*, is_on: bool) -> Callable[[Customer, datetime], bool]:
    return lambda customer, now: switches.set_autopilot_for_all(is_on=is_on, by=HOSS, now=now)


def _of_one(*, is_on: bool) -> Callable[[Customer, datetime], bool]:
    return lambda customer, now: switches.set_autopilot(
        customer=customer, is_on=is_on, by=customer.email, now=now
    )


OF_EVERYBODY = {
    "stop": Switch(
        lambda customer, now: switches.stop_outreach(by=HOSS, now=now),
        lambda customer, now: switches.resume_outreach(by=HOSS, now=now),
        "stopped",
        "The operator has stopped all outreach.",
    ),
    "autopilot of everybody": Switch(
        _of_everybody(is_on=False),
        _of_everybody(is_on=True),
        "autopilot_off_for_all",
        "The operator has turned the autopilot off for everyone.",
    ),
}
OF_ONE = {
    "pause": Switch(
        lambda customer, now: switches.pause_customer(customer=customer, by=HOSS, now=now),
        lambda customer, now: switches.resume_customer(customer=customer, by=HOSS, now=now),
        "paused",
        "The operator has paused outreach for this account.",
    ),
    "autopilot": Switch(
        _of_one(is_on=False),
        _of_one(is_on=True),
        "autopilot_off",
        "Autopilot is off. Turn it on in Settings.",
    ),
}
SWITCHES = OF_EVERYBODY | OF_ONE


def trail() -> list[tuple[str, str, int | None]]:
    return list(AuditEvent.objects.order_by("pk").values_list("actor", "action", "customer_id"))


def make_queued(customer: Customer, **fields: Any) -> Message:
    lead = LeadFactory.create(customer=customer, next_action_at=None)
    return MessageFactory.create(lead=lead, status=MessageStatus.QUEUED, **fields)


def send_all(now: datetime) -> int:
    handled = 0
    while send_next(now=now):
        handled += 1
    return handled


def held() -> list[tuple[str, str, str]]:
    rows = Message.objects.order_by("pk")
    return list(rows.values_list("status", "held_code", "held_reason"))


LEFT = ("dry_run", "", "")


def test_autopilot_off_and_on() -> None:
    changed = [
        switches.set_autopilot_for_all(is_on=is_on, by=HOSS, now=NOON)
        for is_on in (False, False, True, True)
    ]

    assert changed == [True, False, True, False]
    assert SystemSettings.objects.get().is_autopilot_on is True
    assert trail() == [(HOSS, "autopilot.off", None), (HOSS, "autopilot.on", None)]


def test_outreach_stops_and_resumes_for_everybody() -> None:
    stopped = [switches.stop_outreach(by=HOSS, now=NOON, note="complaints") for _ in range(2)]
    at = SystemSettings.objects.get().outreach_stopped_at
    resumed = [switches.resume_outreach(by=HOSS, now=NOON) for _ in range(2)]

    assert (stopped, at, resumed) == ([True, False], NOON, [True, False])
    assert SystemSettings.objects.get().outreach_stopped_at is None
    assert trail() == [(HOSS, "outreach.stopped", None), (HOSS, "outreach.resumed", None)]


def test_customer_pauses_and_resumes_and_is_due_again() -> None:
    customer, other = CustomerFactory.create_batch(2)
    later = NOON + timedelta(hours=1)

    paused = [switches.pause_customer(customer=customer, by=HOSS, now=NOON) for _ in range(2)]
    customer.profile.refresh_from_db()
    at = customer.profile.outreach_paused_at
    resumed = [switches.resume_customer(customer=customer, by=HOSS, now=later) for _ in range(2)]

    assert (paused, at, resumed) == ([True, False], NOON, [True, False])
    customer.refresh_from_db()
    other.refresh_from_db()
    assert (customer.next_run_at, other.next_run_at) == (later, NOON)
    assert trail() == [
        (HOSS, "outreach.paused", customer.pk),
        (HOSS, "outreach.resumed", customer.pk),
    ]


@pytest.mark.parametrize("name", SWITCHES)
def test_switch_off_holds_every_email_and_on_releases_them(name: str) -> None:
    """Held, not canceled; what was queued before leaves the moment it is turned on again."""
    switch, customer = SWITCHES[name], CustomerFactory.create()
    for _ in range(10):
        make_queued(customer, due_at=TOMORROW)

    assert switch.off(customer, NOON)
    assert send_all(TOMORROW) == 10
    assert held() == [("queued", switch.code, switch.reason)] * 10

    assert switch.on(customer, TOMORROW)
    assert send_all(TOMORROW) == 10
    assert held() == [LEFT] * 10


@pytest.mark.parametrize("name", SWITCHES)
def test_switch_on_leaves_email_that_waits_for_more(name: str) -> None:
    switch, customer = SWITCHES[name], CustomerFactory.create()
    held_code = "window"
    mail = make_queued(customer, due_at=TOMORROW, held_code=held_code, held_reason="At night.")
    switch.off(customer, NOON)

    switch.on(customer, NOON)

    mail.refresh_from_db()
    assert (mail.due_at, mail.held_code, mail.held_reason) == (TOMORROW, held_code, "At night.")


@pytest.mark.parametrize("name", OF_ONE)
def test_customer_switch_holds_and_releases_nobody_else(name: str) -> None:
    """The held ones leave the due set, so the mail behind them goes; another customer's
    held one stays until its own switch is turned on."""
    switch = OF_ONE[name]
    customer, other, off_too = CustomerFactory.create_batch(3)
    for _ in range(3):
        make_queued(customer)
    theirs = make_queued(other)
    still = make_queued(off_too)
    for one in (customer, off_too):
        switch.off(one, NOON)

    send_all(NOON)
    theirs.refresh_from_db()
    assert theirs.status == MessageStatus.DRY_RUN

    still.refresh_from_db()
    next_look = still.due_at
    switch.on(customer, NOON)
    send_all(NOON)
    still.refresh_from_db()
    assert (still.status, still.held_code) == (MessageStatus.QUEUED, switch.code)
    assert still.due_at == next_look
    assert next_look is not None
    assert next_look > NOON


def by_worker(customer: Customer) -> None:
    send_all(NOON)


def by_cycle(customer: Customer) -> None:
    run_cycle(customer=customer, now=NOON, by=HOSS)


def by_button(customer: Customer) -> None:
    run_for_all(agents=[CycleAgent.BIZDEV], by=HOSS, clock=lambda: NOON)


@pytest.mark.parametrize("ask", [by_worker, by_cycle, by_button])
@pytest.mark.parametrize("name", SWITCHES)
def test_no_email_leaves_while_a_switch_is_off(name: str, ask: Callable[[Customer], None]) -> None:
    customer = CustomerFactory.create()
    mail = make_queued(customer)
    SWITCHES[name].off(customer, NOON)

    ask(customer)

    mail.refresh_from_db()
    assert mail.status == MessageStatus.QUEUED
    assert not Message.objects.filter(status=MessageStatus.DRY_RUN).exists()


@pytest.mark.parametrize("name", ["autopilot", "autopilot of everybody"])
def test_manual_run_with_autopilot_off_writes_and_holds(name: str) -> None:
    """The workers rest; a person's run plans the mail, which waits for the switch."""
    switch, customer = SWITCHES[name], CustomerFactory.create()
    LeadFactory.create(customer=customer)
    switch.off(customer, NOON)
    assert (run_due_customers(clock=lambda: NOON), Message.objects.count()) == (0, 0)

    runs = run_cycle(customer=customer, now=NOON, agents=[CycleAgent.BIZDEV], by=HOSS)

    assert [(run.agent, run.counts["planned"], run.error) for run in runs] == [("bizdev", 1, "")]
    assert held() == [("queued", switch.code, switch.reason)]

    switch.on(customer, NOON)
    send_all(NOON + timedelta(seconds=5))
    assert held() == [LEFT]


def test_without_the_settings_row_nothing_runs_or_leaves() -> None:
    customer = CustomerFactory.create()
    make_queued(customer)
    SystemSettings.objects.all().delete()

    send_all(NOON)

    assert (held()[0][:2], run_due_customers(clock=lambda: NOON)) == (
        ("queued", "autopilot_off_for_all"),
        0,
    )
