"""A switch turned on while a worker asks the gate: the mail it held is due at once."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.autopilot.services import switches
from agents.models import Message, SystemSettings
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.services.send import send_next
from agents.states import MessageStatus
from tests.factories import MessageFactory
from tests.helpers.threads import together

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

HOSS = "hoss@hossagent.test"


def pause(customer: Customer, now: datetime) -> None:
    switches.pause_customer(customer=customer, by=HOSS, now=now)


def resume(customer: Customer, now: datetime) -> None:
    switches.resume_customer(customer=customer, by=HOSS, now=now)


def turn_off(customer: Customer, now: datetime) -> None:
    switches.set_autopilot(customer=customer, is_on=False, by=HOSS, now=now)


def turn_on(customer: Customer, now: datetime) -> None:
    switches.set_autopilot(customer=customer, is_on=True, by=HOSS, now=now)


@pytest.mark.parametrize(("off", "on"), [(pause, resume), (turn_off, turn_on)])
def test_switch_on_while_the_gate_is_asked_releases_at_once(
    now: datetime,
    off: Callable[[Customer, datetime], None],
    on: Callable[[Customer, datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    SystemSettings.objects.get_or_create(pk=1)
    customer = MessageFactory.create(status=MessageStatus.QUEUED).customer
    off(customer, now)
    asked, turned_on = threading.Event(), threading.Event()

    def ask_slowly(**given: Any) -> Any:
        facts = get_send_facts(**given)
        asked.set()
        # Whom the customer's lock keeps waiting is not done before we are.
        turned_on.wait(0.5)
        return facts

    monkeypatch.setattr(
        import_module("agents.outreach.services.send.begin"), "get_send_facts", ask_slowly
    )

    def turn_it_on() -> None:
        asked.wait(5)
        on(customer, now)
        turned_on.set()

    assert together(lambda: send_next(now=now), turn_it_on) == [True, None]

    message = Message.objects.get()
    assert (message.status, message.held_code, message.due_at) == ("queued", "", now)
