"""The approval pages: everything needed to decide, and nothing of anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import Message
from agents.states import MessageStatus
from tests.factories import LeadFactory, MembershipFactory, MessageFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(client: Client) -> Any:
    membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership.customer


def waiting(customer: Any = None, **lead: Any) -> Message:
    options = {"customer": customer} if customer else {}
    message: Message = MessageFactory.create(
        lead=LeadFactory.create(**options, **lead), status=MessageStatus.AWAITING_APPROVAL
    )
    return message


def test_the_page_shows_text_reason_and_mode(client: Client, customer: Any) -> None:
    waiting(customer, company="Northgate Dental", email="g@northgate.example")

    page = client.get("/portal/approvals/").content.decode()

    assert "would ten minutes next week suit you?" in page
    assert "A dental clinic in Austin." in page
    assert "DRY RUN" in page
    assert "SIMULATED" in page
    assert "Approve all" not in page


def test_an_empty_page_says_so(client: Client, customer: Any) -> None:
    assert "No emails need your approval." in client.get("/portal/approvals/").content.decode()


def test_approve_and_skip_from_the_page(client: Client, customer: Any) -> None:
    first, second = waiting(customer), waiting(customer)

    client.post(f"/portal/approvals/{first.pk}/approve/")
    page = client.post(f"/portal/approvals/{second.pk}/skip/", follow=True).content.decode()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (MessageStatus.QUEUED, MessageStatus.SKIPPED)
    assert "Skipped. " in page


def test_approve_all_shown(client: Client, customer: Any) -> None:
    shown = [waiting(customer), waiting(customer)]

    page = client.post(
        "/portal/approvals/all/", {"message": [m.pk for m in shown] + ["x"]}, follow=True
    ).content.decode()

    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.QUEUED}
    assert "Approved: 2 emails queued." in page


def test_an_edit_that_cannot_be_sent_keeps_what_was_typed(client: Client, customer: Any) -> None:
    message = waiting(customer)

    answer = client.post(
        f"/portal/approvals/{message.pk}/", {"subject": "Re: hi", "body": "My own words"}
    )

    page = answer.content.decode()
    assert "My own words" in page
    assert "must not start" in page
    message.refresh_from_db()
    assert message.status == MessageStatus.AWAITING_APPROVAL


def test_an_edit_is_saved_and_queued(client: Client, customer: Any) -> None:
    message = waiting(customer)

    client.post(f"/portal/approvals/{message.pk}/", {"subject": "Hi", "body": "My own words"})

    message.refresh_from_db()
    assert (message.status, message.body) == (MessageStatus.QUEUED, "My own words\n")


def test_a_mail_that_has_left_cannot_be_edited(client: Client, customer: Any) -> None:
    message = MessageFactory.create(
        lead=LeadFactory.create(customer=customer), status=MessageStatus.DRY_RUN, due_at=None
    )

    assert (
        "can no longer be changed"
        in client.get(f"/portal/approvals/{message.pk}/").content.decode()
    )
    answer = client.post(f"/portal/approvals/{message.pk}/", {"subject": "Hi", "body": "Words"})
    assert "Words" in answer.content.decode()
    message.refresh_from_db()
    assert message.body != "Words\n"


@pytest.mark.parametrize("action", ["", "approve/", "skip/"])
def test_a_strangers_mail_does_not_exist(client: Client, customer: Any, action: str) -> None:
    foreign = waiting()

    assert client.post(f"/portal/approvals/{foreign.pk}/{action}").status_code == 404
    assert foreign.subject not in client.get("/portal/approvals/").content.decode()


def test_the_page_costs_the_same_for_one_and_three(client: Client, customer: Any) -> None:
    client.get("/portal/approvals/")  # the session gets its CSRF secret
    counts = []
    for number in (1, 2):
        for _ in range(number):
            waiting(customer)
        with CaptureQueriesContext(connection) as queries:
            client.get("/portal/approvals/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
