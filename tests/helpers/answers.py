"""Answers from the portal for tests: somebody to answer, and a transport that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.inbox.services import answers
from agents.mailboxes.services.transports import OutgoingMail, SendResult
from agents.states import InboundSource, InboundStatus, LeadStatus, ReplyLabel
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    LeadFactory,
    SubscriptionFactory,
)
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from agents.models import Answer, Conversation

BY = "ada@agency.test"
# Email that is sent and read for real.
LIVE = {
    "EMAIL_MODE": "SMTP",
    "SMTP_HOST": "smtp.agency.com",
    "SMTP_FROM_EMAIL": "ada@agency.com",
    "IMAP_HOST": "imap.agency.com",
    "IMAP_USERNAME": "ada@agency.com",
    "IMAP_PASSWORD": "secret",
}


class Wire:
    """A transport that keeps what it was given and answers as told."""

    name = "SMTP"

    def __init__(self) -> None:
        self.mails: list[OutgoingMail] = []
        self.result = SendResult(success=True, mode="SMTP", error=None)

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult:
        self.mails.append(mail)
        return self.result

    def close(self) -> None:
        pass


def replied_thread(*, sender: str = "grace@clinic.com", **lead: Any) -> Conversation:
    """A conversation of a complimentary customer in which somebody has replied."""
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, complimentary=True)
    conversation: Conversation = ConversationFactory.create(
        lead=LeadFactory.create(
            customer=customer,
            **{
                "email": "grace@clinic.com",
                "status": LeadStatus.REPLIED,
                "next_action_at": None,
                **lead,
            },
        ),
        last_reply_at=NOON,
        is_awaiting_answer=True,
    )
    InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("How much?", message_id="<theirs@clinic.com>"),
        status=InboundStatus.PROCESSED,
        due_at=None,
        label=ReplyLabel.QUESTION,
        classifier_version=1,
        from_address=sender,
        from_name="Grace Hopper",
        subject="Re: A quieter front desk",
        customer=customer,
        conversation=conversation,
    )
    return conversation


def write_answer(
    conversation: Conversation, text: str = "It is $99.", *, key: str = "k1"
) -> Answer:
    """What a person writes in the portal."""
    return answers.answer(conversation=conversation, body=text, by=BY, form_key=key, now=NOON)
