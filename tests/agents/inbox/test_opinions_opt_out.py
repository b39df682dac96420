"""An opt-out that the model only guesses at: the mail stops and a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import OutboxMail
from agents.inbox.services import answers, conversations
from agents.models import Lead, SecondOpinion
from agents.states import (
    ConversationStatus,
    InboundStatus,
    LeadStatus,
    MessageStatus,
    ReplyLabel,
)
from agents.suppression.selectors import is_suppressed
from tests.factories import MembershipFactory
from tests.fakes.llm import FakeLlm
from tests.helpers.inbox import NEXT_DAY, deliver, open_messages, process_all, thread
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("llm")]

UNKNOWN = "Well, well."  # no phrase of the rules
WEAK_NO = "Nope."  # one weak phrase: the rules act, and ask
HINT = "They may not want any more email."


def guess(text: str, confidence: float) -> dict[str, Any]:
    return {"label": "opt_out", "confidence": confidence, "words": text.rstrip(".")}


@pytest.mark.parametrize("text", [UNKNOWN, WEAK_NO], ids=["rules_saw_nothing", "rules_saw_a_no"])
def test_guess_stops_the_mail_and_is_for_a_person(text: str, llm: FakeLlm, client: Client) -> None:
    conversation = thread()
    mail = deliver(reply(text))
    llm.behaviors = [guess(text, 0.49)]

    process_all()

    mail.refresh_from_db()
    conversation.refresh_from_db()
    assert (mail.status, mail.label) == (InboundStatus.PROCESSED, ReplyLabel.UNCLEAR)
    assert SecondOpinion.objects.get().label == ReplyLabel.OPT_OUT
    assert not is_suppressed(customer=conversation.customer, email="grace@clinic.com")
    assert Lead.objects.get().status == LeadStatus.REPLIED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert conversation.status == ConversationStatus.OPEN
    assert (conversation.label, conversation.is_awaiting_answer) == (ReplyLabel.UNCLEAR, True)
    assert OutboxMail.objects.filter(dedupe_key=f"reply:{mail.pk}").count() == 1
    client.force_login(MembershipFactory.create(customer=conversation.customer).user)
    assert HINT in client.get(f"/portal/conversations/{conversation.pk}/").text


@pytest.mark.parametrize("text", [UNKNOWN, WEAK_NO], ids=["rules_saw_nothing", "rules_saw_a_no"])
def test_likely_opt_out_counts_though_the_rules_see_none(
    text: str, llm: FakeLlm, client: Client
) -> None:
    """More likely than not is enough."""
    conversation = thread()
    mail = deliver(reply(text))
    llm.behaviors = [guess(text, 0.5)]

    process_all()

    mail.refresh_from_db()
    assert mail.label == ReplyLabel.OPT_OUT
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")
    assert Lead.objects.get().status == LeadStatus.UNSUBSCRIBED
    client.force_login(MembershipFactory.create(customer=conversation.customer).user)
    assert HINT not in client.get(f"/portal/conversations/{conversation.pk}/").text


def close(conversation: Any) -> None:
    conversations.close(conversation=conversation, by="ada@agency.test", now=NEXT_DAY)


def answer(conversation: Any) -> None:
    answers.answer(
        conversation=conversation, body="Sure.", by="ada@agency.test", form_key="1", now=NEXT_DAY
    )


@pytest.mark.parametrize(
    ("deal_with", "status"),
    [(close, ConversationStatus.CLOSED), (answer, ConversationStatus.HUMAN)],
    ids=["closed", "answered"],
)
def test_guess_asks_nobody_about_what_is_dealt_with(
    deal_with: Callable[[Any], None], status: ConversationStatus, llm: FakeLlm
) -> None:
    conversation = thread()
    deliver(reply(WEAK_NO))
    deal_with(conversation)
    llm.behaviors = [guess(WEAK_NO, 0.3)]

    process_all()

    conversation.refresh_from_db()
    assert (conversation.label, conversation.is_awaiting_answer) == (ReplyLabel.UNCLEAR, False)
    assert conversation.status == status
