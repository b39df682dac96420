"""The customer places its own stray mail, and sees nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.models import InboundMessage
from agents.states import InboundSource, InboundStatus, ReplyLabel
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    LeadFactory,
    MembershipFactory,
)

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(client: Client) -> Any:
    membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership.customer


def stray(customer: Any, **values: Any) -> InboundMessage:
    mail: InboundMessage = InboundMessageFactory.create(
        customer=customer,
        source=InboundSource.IMAP,
        status=InboundStatus.UNMATCHED,
        label=ReplyLabel.QUESTION,
        from_address="grace@private.com",
        subject="About <your> mail",
        text="Which of the two?",
        due_at=None,
        processed_at=NOON,
        **values,
    )
    return mail


def test_an_empty_list_says_so_and_is_not_announced(client: Client, customer: Any) -> None:
    assert "No unmatched emails." in client.get("/portal/conversations/unplaced/").text
    assert "Match it" not in client.get("/portal/conversations/").text


def test_the_list_shows_the_mail_and_only_ones_own(client: Client, customer: Any) -> None:
    ConversationFactory.create(lead=LeadFactory.create(customer=customer, company="Own Clinic"))
    stray(customer)
    stranger = MembershipFactory.create().customer
    stray(stranger, from_name="A Foreign Sender")
    ConversationFactory.create(lead=LeadFactory.create(customer=stranger, company="Foreign Clinic"))

    page = client.get("/portal/conversations/unplaced/").text

    assert "About &lt;your&gt; mail" in page
    assert "Own Clinic" in page
    assert "A Foreign Sender" not in page
    assert "Foreign Clinic" not in page
    assert (
        "We could not match 1 received email to a conversation."
        in client.get("/portal/conversations/").text
    )


def test_the_likeliest_conversation_comes_first(client: Client, customer: Any) -> None:
    same = ConversationFactory.create(
        lead=LeadFactory.create(customer=customer, company="Same Sender", email="grace@private.com")
    )
    near = ConversationFactory.create(
        lead=LeadFactory.create(customer=customer, company="Same Company", email="tim@private.com")
    )
    far = ConversationFactory.create(lead=LeadFactory.create(customer=customer, company="Other"))
    stray(customer)

    page = client.get("/portal/conversations/unplaced/").text

    options = [page.index(f'value="{found.pk}"') for found in (same, near, far)]
    assert options == sorted(options)


def test_placing_puts_the_mail_into_the_conversation(client: Client, customer: Any) -> None:
    conversation = ConversationFactory.create(lead=LeadFactory.create(customer=customer))
    mail = stray(customer)

    page = client.post(
        f"/portal/conversations/unplaced/{mail.pk}/",
        {"conversation": conversation.pk},
        follow=True,
    ).text

    assert f"in the conversation with {conversation.lead.company} in a moment" in page
    mail.refresh_from_db()
    assert (mail.status, mail.conversation) == (InboundStatus.PENDING, conversation)


def test_a_strangers_conversation_is_no_choice(client: Client, customer: Any) -> None:
    foreign = ConversationFactory.create()
    mail = stray(customer)

    page = client.post(
        f"/portal/conversations/unplaced/{mail.pk}/", {"conversation": foreign.pk}, follow=True
    ).text

    assert "Choose the conversation that the email belongs to." in page
    mail.refresh_from_db()
    assert mail.status == InboundStatus.UNMATCHED


def test_putting_aside_is_done_once(client: Client, customer: Any) -> None:
    mail = stray(customer)
    path = f"/portal/conversations/unplaced/{mail.pk}/"

    assert "Set aside." in client.post(path, {"aside": "1"}, follow=True).text
    assert "already" in client.post(path, {"aside": "1"}, follow=True).text
    mail.refresh_from_db()
    assert mail.status == InboundStatus.PROCESSED
