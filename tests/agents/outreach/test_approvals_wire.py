"""A person's words on their way: what was approved is what the server gets, to the byte."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.inbox.services import conversations
from agents.mailboxes.services.transports import get_transport
from agents.models import Conversation, Lead, Message
from agents.outreach.services import approvals
from agents.outreach.services.bizdev import run_bizdev
from agents.outreach.services.bizdev.release import APPROVAL_EXPIRES, PLAN_ANEW_AFTER
from agents.outreach.services.send import send_next
from agents.states import ApprovalMode, ConversationStatus, MessageMode, MessageStatus
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory
from tests.fakes.mail import MailServer
from tests.helpers.live import later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db

BY = "ada@agency.test"
WORDS = "Grace,\n\nmy own w\u00f6rds: a line that stays as it is.\n\nAda\n"


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port))
        yield running
        get_transport(MessageMode.LIVE).close()


def load(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def run(customer: Customer, *, now: Any) -> dict[str, int]:
    return run_bizdev(customer=load(customer), now=now)


def reviewed_customer() -> Customer:
    customer = make_live_customer()
    customer.profile.approval_mode = ApprovalMode.REVIEW_ALL
    customer.profile.save()
    return customer


def waiting() -> Message:
    message: Message = MessageFactory.create(
        lead=LeadFactory.create(customer=reviewed_customer(), next_action_at=None),
        mode=MessageMode.LIVE,
        status=MessageStatus.AWAITING_APPROVAL,
        due_at=later(days=3),
    )
    return message


def test_the_edited_text_is_what_the_server_gets(server: MailServer) -> None:
    message = waiting()
    old = message.body

    approvals.edit(message=message, subject="My own subject", body=WORDS, by=BY, now=NOON)
    while send_next(now=NOON):
        pass

    server.wait_for(1)
    assert len(server.letters) == 1
    mail = server.letters[0].mail
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "My own subject"
    assert text.startswith(WORDS.rstrip("\n"))
    assert old.strip() not in text
    # What the law asks for is put back where the edit has lost it.
    assert "1 Main Street, Austin, TX 78701" in text
    assert f"/u/{message.lead.conversation.token}/" in text
    assert Message.objects.get().status == MessageStatus.SENT


def test_nothing_leaves_before_it_is_approved(server: MailServer) -> None:
    waiting()

    while send_next(now=NOON):
        pass

    assert server.letters == []
    assert Message.objects.get().status == MessageStatus.AWAITING_APPROVAL


def test_approval_that_nobody_gives_expires_and_is_planned_anew() -> None:
    lead = LeadFactory.create()
    customer = lead.customer
    customer.profile.approval_mode = ApprovalMode.REVIEW_ALL
    customer.profile.save()
    run(customer, now=NOON)
    first = Message.objects.get()
    assert (first.status, first.due_at) == (
        MessageStatus.AWAITING_APPROVAL,
        NOON + APPROVAL_EXPIRES,
    )
    assert run(customer, now=NOON + APPROVAL_EXPIRES - timedelta(seconds=1)) == {}

    expired_at = NOON + APPROVAL_EXPIRES
    assert run(customer, now=expired_at) == {"expired": 1}
    first.refresh_from_db()
    assert (first.status, first.held_code) == (MessageStatus.CANCELED, "approval_expired")
    with pytest.raises(approvals.NoLongerWaiting, match="A new version will be written"):
        approvals.approve(message=first, by=BY, now=expired_at)
    assert Lead.objects.get().next_action_at == expired_at + PLAN_ANEW_AFTER

    run(customer, now=expired_at + PLAN_ANEW_AFTER)
    second = Message.objects.exclude(status=MessageStatus.CANCELED).get()
    assert (second.step, second.status) == (0, MessageStatus.AWAITING_APPROVAL)
    assert second.due_at == expired_at + PLAN_ANEW_AFTER + APPROVAL_EXPIRES


def test_conversation_taken_over_is_silent_until_it_is_returned(
    server: MailServer,
) -> None:
    message = make_live_message(make_live_customer())
    while send_next(now=NOON):
        pass
    server.wait_for(1)
    customer, conversation = message.customer, Conversation.objects.get()

    assert conversations.take_over(conversation=conversation, by=BY, now=later(hours=1))
    for day in range(1, 9):
        run(customer, now=later(days=day))
    assert len(server.letters) == 1

    back = later(days=12)
    make_live_world_fresh(back)
    assert conversations.hand_back(conversation=conversation, by=BY, now=back)
    run(customer, now=back)
    while send_next(now=back):
        pass
    conversation.refresh_from_db()
    assert conversation.status == ConversationStatus.OPEN
    server.wait_for(2)
    assert [letter.mail["In-Reply-To"] for letter in server.letters] == [
        None,
        Message.objects.get(step=0).message_id,
    ]


def make_live_world_fresh(now: Any) -> None:
    """The inbox was read and the domain checked a moment ago."""
    make_live_customer(now=now)
