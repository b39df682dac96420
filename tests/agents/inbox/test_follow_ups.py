"""A "not now" that has become now: a person is reminded, nothing is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import OutboxMail
from agents.inbox.services.process import process_next
from tests.helpers.inbox import address_of, deliver, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_follow_up_reminds_a_person_on_the_day() -> None:
    conversation = thread()
    deliver(reply("Not right now, please try again in June.", to=address_of(conversation)))
    conversation.refresh_from_db()
    at = conversation.resume_at

    assert at is not None
    assert at.isoformat() == "2026-06-01T13:00:00+00:00"
    assert not process_next(now=at - timedelta(seconds=1))
    assert process_next(now=at)
    conversation.refresh_from_db()
    assert (conversation.is_awaiting_answer, conversation.resume_at) == (True, None)
    assert OutboxMail.objects.get().kind == "agents/reply_reminder"
    assert not process_next(now=at)
