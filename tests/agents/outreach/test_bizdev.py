"""BizDev: what it plans, what it lays before a person, and how little an idle turn costs."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from agents.models import Conversation, Lead, Message
from agents.outreach.gate import WAITS_FOR_A_PERSON
from agents.outreach.services.bizdev import run_bizdev
from agents.outreach.services.send import opt_out_url, send_next
from agents.states import ApprovalMode, LeadStatus, MessageMode, MessageStatus
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LIVE = {
    "EMAIL_MODE": "SMTP",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_FROM_EMAIL": "ada@agency.com",
    "IMAP_HOST": "127.0.0.1",
    "IMAP_USERNAME": "ada@agency.com",
    "IMAP_PASSWORD": "secret-of-ada",
}


def load(customer: Customer) -> Customer:
    """The customer as a pass hands it over."""
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def run(customer: Customer, **after: Any) -> dict[str, int]:
    return run_bizdev(customer=load(customer), now=NOON + timedelta(**after))


def test_a_new_lead_gets_an_opener_and_a_conversation() -> None:
    lead = LeadFactory.create()

    counts = run(lead.customer)

    message = Message.objects.get()
    assert counts == {"planned": 1, "released": 1, "handled": 1}
    assert (message.step, message.mode, message.status) == (0, "dry_run", "dry_run")
    assert message.written_by == "templates"
    token = Conversation.objects.get(lead=lead).token
    assert opt_out_url(token) in message.body
    lead.refresh_from_db()
    # Nobody was really written to, and nothing more is due until the mode changes.
    assert (lead.status, lead.next_action_at) == (LeadStatus.NEW, None)
    assert run(lead.customer, days=30) == {}


def test_an_idle_turn_is_two_statements() -> None:
    lead = LeadFactory.create()
    run(lead.customer)
    customer = load(lead.customer)

    with CaptureQueriesContext(connection) as queries:
        assert run_bizdev(customer=customer, now=NOON + timedelta(minutes=5)) == {}

    assert len(queries) == 2


def test_the_whole_sequence_goes_out_in_the_sandbox_and_threads() -> None:
    lead = LeadFactory.create(email="grace@clinic.example")
    speed = 1440

    moment = NOON
    for _ in range(60):
        run_bizdev(customer=load(lead.customer), now=moment)
        while send_next(now=moment):
            pass
        moment += timedelta(hours=6) / speed

    steps = list(Message.objects.order_by("step").values_list("step", "status", "subject"))
    assert [(step, status) for step, status, _ in steps] == [
        (0, "dry_run"),
        (1, "dry_run"),
        (2, "dry_run"),
    ]
    assert steps[1][2] == steps[2][2] == f"Re: {steps[0][2]}"


@pytest.mark.parametrize(
    ("mode", "approved", "status"),
    [
        (ApprovalMode.REVIEW_ALL, 99, "awaiting_approval"),
        (ApprovalMode.REVIEW_FIRST, 9, "awaiting_approval"),
        (ApprovalMode.REVIEW_FIRST, 10, "dry_run"),
        (ApprovalMode.AUTOPILOT, 0, "dry_run"),
    ],
)
def test_the_approval_mode_decides_who_reads_first(mode: str, approved: int, status: str) -> None:
    lead = LeadFactory.create()
    profile = lead.customer.profile
    profile.approval_mode, profile.messages_approved = mode, approved
    profile.save()

    run(lead.customer)

    message = Message.objects.get()
    assert message.status == status
    if status == "awaiting_approval":
        assert message.due_at == NOON + timedelta(days=3)
        assert run(lead.customer, days=3) == {"expired": 1}
        message.refresh_from_db()
        lead.refresh_from_db()
        assert (message.status, message.held_code) == ("canceled", "approval_expired")
        assert lead.next_action_at == NOON + timedelta(days=4)


def test_a_cycle_releases_a_bounded_number_with_pauses(configure: Callable[..., None]) -> None:
    configure(MAX_EMAILS_PER_CYCLE=4)
    customer = CustomerFactory.create()
    for _ in range(10):
        LeadFactory.create(customer=customer)

    counts = run(customer)

    assert counts == {"planned": 4, "released": 4, "handled": 1}
    due = list(
        Message.objects.filter(status=MessageStatus.QUEUED)
        .order_by("due_at")
        .values_list("due_at", flat=True)
    )
    gaps = [(b - a).total_seconds() for a, b in pairwise([NOON, *filter(None, due)])]
    assert len(gaps) == 3
    assert all(1 <= gap <= 5 for gap in gaps)


def test_missing_fact_holds_the_row_and_is_named() -> None:
    lead = LeadFactory.create(company="Acme Dental")
    profile = lead.customer.profile
    profile.postal_address = ""
    profile.save()

    assert run(lead.customer) == {"held": 1}

    message = Message.objects.get()
    assert (message.status, message.held_code) == (MessageStatus.PLANNED, "copy")
    assert message.held_reason == (
        "Acme Dental: postal address is missing. Add your postal address in Settings."
    )
    assert run(lead.customer, minutes=30) == {}
    assert run(lead.customer, hours=1) == {"held": 1}

    profile.postal_address = "1 Main Street, Austin, TX 78701"
    profile.save()

    assert run(lead.customer, hours=2) == {"released": 1, "handled": 1}
    message.refresh_from_db()
    assert message.status == MessageStatus.DRY_RUN


def test_a_listed_lead_is_closed_instead_of_written_to() -> None:
    lead = LeadFactory.create()
    suppress(kind="domain", value="elsewhere.com", reason="manual", now=NOON)
    other = LeadFactory.create(customer=lead.customer, email="ada@elsewhere.com")

    assert run(lead.customer)["closed"] == 1

    other.refresh_from_db()
    assert (other.status, other.next_action_at) == (LeadStatus.CLOSED, None)
    assert Message.objects.get().lead == lead


def test_dry_run_is_planned_anew_when_the_customer_may_send(
    configure: Callable[..., None],
) -> None:
    lead = LeadFactory.create()
    run(lead.customer)
    configure(**LIVE)
    customer = lead.customer
    customer.subscription.is_complimentary = True
    customer.subscription.save()

    counts = run(customer, minutes=5)

    assert counts["looked_again"] == 1
    modes = Message.objects.order_by("pk").values_list("mode", "step")
    assert list(modes) == [(MessageMode.DRY_RUN, 0), (MessageMode.LIVE, 0)]
    # Back to dry run: nothing of the live plan leaves, and the lead is not shown twice.
    configure(EMAIL_MODE="DRY_RUN")
    run(customer, hours=2)
    while send_next(now=NOON + timedelta(hours=2)):
        pass
    live = Message.objects.get(mode=MessageMode.LIVE)
    assert (live.status, live.held_code) == (MessageStatus.CANCELED, "mode_changed")
    assert Lead.objects.get(pk=lead.pk).status == LeadStatus.NEW


@pytest.mark.parametrize(
    ("held_code", "is_planned"),
    [*((code, True) for code in sorted(WAITS_FOR_A_PERSON)), ("window", False), ("", False)],
)
def test_what_waits_for_a_person_keeps_no_lead_from_its_turn(
    held_code: str, configure: Callable[..., None], *, is_planned: bool
) -> None:
    """The queue is full; only mails that wait for their own turn count."""
    configure(MAX_EMAILS_PER_CYCLE=2)
    lead = LeadFactory.create()
    for _ in range(4):
        MessageFactory.create(
            lead=LeadFactory.create(customer=lead.customer, next_action_at=None),
            status=MessageStatus.QUEUED,
            held_code=held_code,
            due_at=NOON + timedelta(days=1),
        )

    run(lead.customer)

    assert Message.objects.filter(lead=lead).exists() is is_planned
