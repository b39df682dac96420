"""Who looks after a conversation: the agents, a person, or nobody any more."""

from __future__ import annotations

import pytest

from agents.inbox.services import conversations
from agents.models import Conversation, Lead, Message
from agents.states import ConversationStatus, LeadStatus, MessageStatus
from tests.conftest import NOON
from tests.factories import ConversationFactory, LeadFactory, MessageFactory
from tests.helpers.answers import BY, replied_thread

pytestmark = pytest.mark.django_db


def contacted() -> Conversation:
    lead = LeadFactory.create(
        status=LeadStatus.CONTACTED, last_contacted_at=NOON, next_action_at=NOON
    )
    MessageFactory.create(lead=lead, step=1, status=MessageStatus.QUEUED)
    conversation: Conversation = ConversationFactory.create(lead=lead)
    return conversation


def test_take_over_stops_the_agents_until_handed_back() -> None:
    conversation = contacted()

    assert conversations.take_over(conversation=conversation, by=BY, now=NOON)
    assert not conversations.take_over(conversation=conversation, by=BY, now=NOON)
    taken = Conversation.objects.get()
    assert (taken.status, taken.taken_by) == (ConversationStatus.HUMAN, BY)
    assert Message.objects.get().status == MessageStatus.CANCELED
    assert Lead.objects.get().next_action_at is None

    assert conversations.hand_back(conversation=conversation, by=BY, now=NOON)
    assert Conversation.objects.get().status == ConversationStatus.OPEN
    assert Lead.objects.get().next_action_at == NOON


def test_hand_back_never_writes_to_who_has_replied() -> None:
    conversation = replied_thread()
    conversations.take_over(conversation=conversation, by=BY, now=NOON)

    conversations.hand_back(conversation=conversation, by=BY, now=NOON)

    assert Lead.objects.get().next_action_at is None


def test_close_ends_everything() -> None:
    conversation = contacted()

    assert conversations.close(conversation=conversation, by=BY, now=NOON)
    assert not conversations.close(conversation=conversation, by=BY, now=NOON)

    assert Conversation.objects.get().status == ConversationStatus.CLOSED
    assert Message.objects.get().status == MessageStatus.CANCELED
