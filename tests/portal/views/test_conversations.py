"""The conversation pages: the thread with its labels, answering, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.models import Answer, Conversation
from agents.states import (
    ConversationStatus,
    InboundStatus,
    LeadStatus,
    MessageStatus,
    ReplyLabel,
    TaskStatus,
)
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
)
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(client: Client) -> Any:
    membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership.customer


def thread(customer: Any = None, **values: Any) -> Conversation:
    options = {"customer": customer} if customer else {}
    lead = LeadFactory.create(
        email="grace@clinic.example", status=LeadStatus.REPLIED, next_action_at=None, **options
    )
    MessageFactory.create(lead=lead, status=MessageStatus.DRY_RUN, due_at=None, finished_at=NOON)
    conversation: Conversation = ConversationFactory.create(
        lead=lead,
        **{
            "last_reply_at": NOON,
            "is_awaiting_answer": True,
            "label": ReplyLabel.INTERESTED,
            **values,
        },
    )
    InboundMessageFactory.create(
        raw=reply("Sounds great <b>now</b>"),
        is_simulated=True,
        status=InboundStatus.PROCESSED,
        due_at=None,
        label=ReplyLabel.INTERESTED,
        classifier_version=1,
        from_address="grace@clinic.example",
        text="Sounds great <b>now</b>",
        customer=lead.customer,
        conversation=conversation,
    )
    return conversation


def test_the_list_shows_who_waits_and_that_it_is_simulated(client: Client, customer: Any) -> None:
    conversation = thread(customer)

    page = client.get("/portal/conversations/").content.decode()

    assert conversation.lead.company in page
    assert "Waiting for you" in page
    assert "SIMULATED" in page
    assert (
        conversation.lead.company
        not in client.get("/portal/conversations/?show=closed").content.decode()
    )


def test_an_empty_list_says_so(client: Client, customer: Any) -> None:
    assert "No replies yet." in client.get("/portal/conversations/").content.decode()


def test_the_thread_shows_both_sides_escaped_and_labelled(client: Client, customer: Any) -> None:
    conversation = thread(customer)

    page = client.get(f"/portal/conversations/{conversation.pk}/").content.decode()

    assert "Sounds great &lt;b&gt;now&lt;/b&gt;" in page
    assert "would ten minutes next week suit you?" in page
    assert "SIMULATED" in page
    assert "DRY RUN" in page


def test_an_answer_in_dry_run_is_stored_and_says_so(client: Client, customer: Any) -> None:
    conversation = thread(customer)

    page = client.post(
        f"/portal/conversations/{conversation.pk}/",
        {"body": "Tuesday at ten?", "form_key": "k"},
        follow=True,
    ).content.decode()

    assert "Saved as a dry run" in page
    assert Answer.objects.get().body == "Tuesday at ten?\n"
    assert "Tuesday at ten?" in page


def test_the_drafted_reply_is_filled_in(client: Client, customer: Any) -> None:
    conversation = thread(customer)
    TaskFactory.create(
        customer=customer,
        lead=conversation.lead,
        kind="reply_draft",
        status=TaskStatus.DONE,
        deliverable=(
            "# Reply\n\n## Suggested answer\n\n    Hi Grace,\n\n    Tuesday?\n\n## Before\n"
        ),
        finished_at=NOON,
        due_at=None,
    )

    page = client.get(f"/portal/conversations/{conversation.pk}/").content.decode()

    assert "Hi Grace,\n\nTuesday?\n</textarea>" in page


@pytest.mark.parametrize(
    ("action", "status"),
    [("take-over", ConversationStatus.HUMAN), ("close", ConversationStatus.CLOSED)],
)
def test_take_over_and_close(client: Client, customer: Any, action: str, status: str) -> None:
    conversation = thread(customer)

    client.post(f"/portal/conversations/{conversation.pk}/{action}/")

    conversation.refresh_from_db()
    assert conversation.status == status


def test_a_lead_is_qualified_by_hand(client: Client, customer: Any) -> None:
    conversation = thread(customer)

    client.post(f"/portal/conversations/{conversation.pk}/qualify/")

    conversation.lead.refresh_from_db()
    assert conversation.lead.status == LeadStatus.QUALIFIED


def test_an_unknown_action_does_not_exist(client: Client, customer: Any) -> None:
    conversation = thread(customer)

    assert client.post(f"/portal/conversations/{conversation.pk}/dance/").status_code == 404


@pytest.mark.parametrize("action", ["", "take-over/", "give-back/", "close/", "qualify/"])
def test_a_strangers_conversation_does_not_exist(
    client: Client, customer: Any, action: str
) -> None:
    foreign = thread()

    assert client.post(f"/portal/conversations/{foreign.pk}/{action}").status_code == 404
    assert foreign.lead.company not in client.get("/portal/conversations/").content.decode()
