"""Each switch does one thing, once, and leaves one audit row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from agents.models import SystemSettings
from agents.services import switches
from tests.conftest import NOON
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
HOSS = "hoss@hossagent.test"


def trail() -> list[tuple[str, str, int | None]]:
    return list(AuditEvent.objects.order_by("pk").values_list("actor", "action", "customer_id"))


def test_autopilot_off_and_on() -> None:
    changed = [
        switches.set_autopilot(is_on=is_on, by=HOSS, now=NOON)
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


def test_one_customer_pauses_and_resumes_and_is_looked_at_again() -> None:
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
