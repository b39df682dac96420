"""A person wrote: the sequence ends, and the customer answers or is reminded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import OutboxMail
from agents.inbox.services.handle_reply import _CONSEQUENCES
from agents.models import Conversation, Lead, Message, Task
from agents.states import (
    ConversationStatus,
    LeadStatus,
    MessageMode,
    MessageStatus,
    ReplyLabel,
)
from agents.suppression.selectors import is_suppressed
from tests.conftest import NOON
from tests.factories import CustomerFactory, MessageFactory
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, open_messages, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_every_label_has_one_consequence() -> None:
    assert set(_CONSEQUENCES) == set(ReplyLabel)


def test_interested_reply_qualifies_the_lead() -> None:
    """A reply is drafted, the customer is notified, and the agents run at once."""
    conversation = thread()
    customer = conversation.customer
    type(customer).objects.update(next_run_at=NOON + timedelta(days=9))

    stored = deliver(
        reply("Sounds interesting, could we talk on Tuesday?", to=address_of(conversation))
    )

    lead = Lead.objects.get()
    assert (lead.status, lead.qualified_at, lead.replied_at) == (
        LeadStatus.QUALIFIED,
        NEXT_DAY,
        NEXT_DAY,
    )
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    conversation.refresh_from_db()
    assert (conversation.label, conversation.is_awaiting_answer) == (ReplyLabel.INTERESTED, True)
    task = Task.objects.get(kind="reply_draft")
    assert (task.lead, task.dedupe_key) == (lead, f"inbound:{stored.pk}")
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.customer_id) == (customer.email, customer.pk)
    assert mail.subject == f"Grace Hopper at {lead.company} is interested"
    assert f"/portal/conversations/{conversation.pk}/" in mail.text
    customer.refresh_from_db()
    assert customer.next_run_at == NEXT_DAY


@pytest.mark.parametrize(
    ("text", "label", "status", "is_awaiting", "notified"),
    [
        ("How much does it cost?", ReplyLabel.QUESTION, LeadStatus.REPLIED, True, 1),
        ("My colleague handles this.", ReplyLabel.REFERRAL, LeadStatus.REPLIED, True, 1),
        ("Hm.", ReplyLabel.UNCLEAR, LeadStatus.REPLIED, True, 1),
        ("No thanks, we are all set.", ReplyLabel.NOT_INTERESTED, LeadStatus.CLOSED, False, 0),
        ("Not now, try me in June.", ReplyLabel.NOT_NOW, LeadStatus.REPLIED, False, 0),
    ],
)
def test_human_reply_stops_the_sequence(
    text: str, label: str, status: str, *, is_awaiting: bool, notified: int
) -> None:
    conversation = thread()

    deliver(reply(text, to=address_of(conversation)))

    conversation.refresh_from_db()
    lead = Lead.objects.get()
    assert (conversation.label, lead.status) == (label, status)
    assert conversation.is_awaiting_answer is is_awaiting
    assert conversation.last_reply_at == NEXT_DAY
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert lead.next_action_at is None
    assert OutboxMail.objects.count() == notified


@pytest.mark.parametrize(
    "status",
    [
        MessageStatus.PLANNED,
        MessageStatus.AWAITING_APPROVAL,
        MessageStatus.QUEUED,
        MessageStatus.CLAIMED,
    ],
)
def test_reply_cancels_what_may_still_be_canceled(status: str) -> None:
    """Whatever has not passed the point of no return."""
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(lead=conversation.lead, mode=MessageMode.LIVE, step=1, status=status)

    deliver(reply("Hm.", to=address_of(conversation)))

    canceled = Message.objects.get(step=1)
    assert (canceled.status, canceled.held_code, canceled.due_at) == (
        MessageStatus.CANCELED,
        "replied",
        None,
    )


def test_reply_leaves_a_mail_that_is_being_sent() -> None:
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(
        lead=conversation.lead,
        mode=MessageMode.LIVE,
        step=1,
        status=MessageStatus.SENDING,
        message_id="<m2@hossagent.test>",
        sending_at=NOON,
    )

    deliver(reply("Hm.", to=address_of(conversation)))

    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.SENDING]


def test_reply_opens_a_closed_conversation_again() -> None:
    conversation = thread()
    Conversation.objects.update(status=ConversationStatus.CLOSED)

    deliver(reply("Sounds good, let us talk.", to=address_of(conversation)))

    conversation.refresh_from_db()
    assert conversation.status == ConversationStatus.OPEN


def test_reply_that_quotes_our_footer_is_no_opt_out() -> None:
    conversation = thread()

    stored = deliver(reply("Sounds good, call me on Tuesday.", to=address_of(conversation)))

    assert stored.label == ReplyLabel.INTERESTED
    assert not is_suppressed(customer=CustomerFactory.create(), email="grace@clinic.com")
