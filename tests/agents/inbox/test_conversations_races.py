"""A conversation that several people take over at once is one person's."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent
from agents.inbox.services import conversations
from agents.states import ConversationStatus
from tests.conftest import NOON
from tests.helpers.answers import BY
from tests.helpers.inbox import thread
from tests.helpers.threads import WORKERS, crew

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("switches"),
]


def test_conversation_is_taken_over_by_one_person() -> None:
    conversation = thread()

    done = crew(lambda: conversations.take_over(conversation=conversation, by=BY, now=NOON))

    conversation.refresh_from_db()
    assert sorted(done) == [False] * (WORKERS - 1) + [True]
    assert conversation.status == ConversationStatus.HUMAN
    assert AuditEvent.objects.filter(action="conversation.moved").count() == 1
