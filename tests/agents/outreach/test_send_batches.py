"""Mails that share the two transactions: each with its own result, none past a limit."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from agents.mailboxes.transports.base import SendOutcome, SendResult
from agents.models import (
    DailyQuota,
    HourlyQuota,
    Lead,
    Mailbox,
    Message,
    SendAttempt,
)
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.claim import claim
from agents.outreach.services.send.record import record
from agents.states import LeadStatus, MessageStatus
from hossagent.lib.calendars import hour_of
from tests.conftest import NOON
from tests.factories import LeadFactory
from tests.helpers.live import later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_a_batch_leaves_what_others_moved_as_they_left_it(configure: Callable[..., None]) -> None:
    """One row was swept while its mail was on the way, one lead answered: the results of
    the others still stand, and so do theirs."""
    configure(**smtp_config(25))
    customer = make_live_customer()
    messages = [make_live_message(customer) for _ in range(4)]
    leaving = begin(claim(now=NOON, limit=4), now=NOON)
    assert [row.pk for row in leaving] == [message.pk for message in messages]
    Message.objects.filter(pk=messages[1].pk).move(
        source=MessageStatus.SENDING, target=MessageStatus.UNKNOWN, due_at=None
    )
    Lead.objects.filter(pk=messages[2].lead_id).move(
        source=LeadStatus.NEW, target=LeadStatus.REPLIED, replied_at=NOON
    )

    yes = SendResult(success=True, mode="SMTP", error=None)
    record([(row, yes) for row in leaving], now=later(seconds=1))

    assert list(Message.objects.order_by("pk").values_list("status", flat=True)) == ["sent"] * 4
    assert list(Lead.objects.order_by("pk").values_list("status", "last_contacted_at")) == [
        ("contacted", later(seconds=1)),
        ("contacted", later(seconds=1)),
        ("replied", later(seconds=1)),
        ("contacted", later(seconds=1)),
    ]
    assert [a.outcome for a in SendAttempt.objects.all()] == ["success"] * 4


def test_of_a_batch_each_mail_has_its_own_result(configure: Callable[..., None]) -> None:
    configure(**smtp_config(25))
    customer = make_live_customer()
    for _ in range(4):
        make_live_message(customer)
    leaving = begin(claim(now=NOON, limit=4), now=NOON)
    yes = SendResult(success=True, mode="SMTP", error=None)
    no = SendResult(success=False, mode="SMTP", error="550 no", outcome=SendOutcome.REJECTED)

    record(list(zip(leaving, (yes, no, yes, no), strict=True)), now=later(seconds=1))

    assert (
        list(Message.objects.order_by("pk").values_list("status", "error"))
        == [
            ("sent", ""),
            ("failed", "550 no"),
        ]
        * 2
    )
    assert (
        list(Lead.objects.order_by("pk").values_list("status", "next_action_at"))
        == [
            ("contacted", later(days=3, seconds=1)),
            ("email_failed", None),
        ]
        * 2
    )
    attempts = SendAttempt.objects.order_by("pk").values_list("outcome", "code", "detail")
    assert list(attempts) == [("success", "", ""), ("fail", "rejected", "550 no")] * 2


def test_a_batch_gets_the_slots_that_another_worker_left(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hour had ten when the gate looked, and two when the slots were taken."""
    configure(**smtp_config(25, MAX_EMAILS_PER_HOUR=10))
    customer = make_live_customer()
    for _ in range(5):
        make_live_message(customer)

    def get_facts_late(**asked: Any) -> Any:
        found = get_send_facts(**asked)
        HourlyQuota.objects.create(hour=hour_of(NOON), mode="live", used=8)
        return found

    # The package's own `begin` is the function; its module goes by its full name.
    module = import_module("agents.outreach.services.send.begin")
    monkeypatch.setattr(module, "get_send_facts", get_facts_late)
    leaving = begin(claim(now=NOON, limit=5), now=NOON)

    rows = list(Message.objects.order_by("pk").values_list("status", "held_code"))
    assert rows == [("sending", "")] * 2 + [("queued", "hourly_cap")] * 3
    assert [row.pk for row in leaving] == list(
        Message.objects.filter(status="sending").order_by("pk").values_list("pk", flat=True)
    )
    assert HourlyQuota.objects.get().used == 10
    assert DailyQuota.objects.get().used == 2


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("daily_ramp", {"limit": 10, "used": 8}),
        ("cycle_cap", {"limit": 90, "used": 8, "cycle_started_at": NOON, "cycle_used": 8}),
    ],
)
def test_a_batch_takes_no_more_than_the_limit_has_left(
    configure: Callable[..., None], code: str, day: dict[str, Any]
) -> None:
    """Each row is asked with what the ones before it took."""
    configure(**smtp_config(25, MAX_EMAILS_PER_CYCLE=10))
    customer = make_live_customer()
    for _ in range(5):
        make_live_message(customer)
    DailyQuota.objects.create(customer=customer, day=NOON.date(), mode="live", **day)

    begin(claim(now=NOON, limit=5), now=NOON)

    rows = list(Message.objects.order_by("pk").values_list("status", "held_code"))
    assert rows == [("sending", "")] * 2 + [("queued", code)] * 3
    assert [(row.used, row.cycle_used) for row in DailyQuota.objects.all()] == [
        (10, day.get("cycle_used", 0) + 2)
    ]


def test_of_a_batch_one_mail_goes_to_a_domain(configure: Callable[..., None]) -> None:
    configure(**smtp_config(25))
    customer = make_live_customer()
    for email in ("ada@one.com", "bob@one.com", "eva@two.com"):
        lead = LeadFactory.create(customer=customer, email=email, next_action_at=None)
        make_live_message(customer, lead=lead)

    begin(claim(now=NOON, limit=3), now=NOON)

    rows = list(Message.objects.order_by("pk").values_list("status", "held_code"))
    assert rows == [("sending", ""), ("queued", "domain_gap"), ("sending", "")]


def test_a_batch_rests_the_mailbox_for_each_of_its_mails(configure: Callable[..., None]) -> None:
    configure(**smtp_config(25, MAX_EMAILS_PER_HOUR=50))
    customer = make_live_customer()
    for _ in range(4):
        make_live_message(customer)

    begin(claim(now=NOON, limit=4), now=NOON)

    rest = Mailbox.objects.get().next_send_at - NOON
    # 72 seconds a mail when the hour's are spread evenly; half to full width.
    assert timedelta(seconds=4 * 36) <= rest <= timedelta(seconds=4 * 72)
