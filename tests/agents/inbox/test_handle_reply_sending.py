"""What a reply says about our own mail."""

from __future__ import annotations

import pytest

from agents.models import Message
from agents.states import MessageMode, MessageStatus
from tests.conftest import NOON
from tests.factories import MessageFactory
from tests.helpers.inbox import address_of, deliver, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_reply_resolves_a_send_of_unknown_result() -> None:
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(
        lead=conversation.lead,
        mode=MessageMode.LIVE,
        step=1,
        status=MessageStatus.UNKNOWN,
        message_id="<m2@hossagent.test>",
        sending_at=NOON,
        due_at=None,
    )

    deliver(reply("Hm.", to=address_of(conversation), in_reply_to="<m2@hossagent.test>"))

    assert Message.objects.get(step=1).status == MessageStatus.SENT
