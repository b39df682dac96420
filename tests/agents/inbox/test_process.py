"""Received mail goes its whole way, or stays pending with the error that stopped it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.inbox.services.process import process_next
from agents.inbox.services.store import receive
from agents.models import Lead
from agents.states import InboundSource, InboundStatus, ReplyLabel
from tests.conftest import NOON
from tests.factories import CustomerFactory, InboundMessageFactory, LeadFactory
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_mail_that_cannot_be_read_is_rescheduled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stays pending with its error, and waits longer each time."""
    stored = receive(raw=b"\r\n", source=InboundSource.IMAP, external_id="1", now=NOON)

    def broken(*args: object, **options: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("agents.inbox.services.read.classify", broken)
    waits = []
    now = NOON
    for _ in range(3):
        with pytest.raises(ValueError, match="no such thing"):
            process_next(now=now)
        stored.refresh_from_db()
        assert stored.due_at is not None
        waits.append(stored.due_at - now)
        now = stored.due_at

    assert stored.status == InboundStatus.PENDING
    assert stored.error == "ValueError: no such thing"
    assert waits == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=16)]
    assert not process_next(now=NOON)


def test_older_mail_read_late_does_not_speak_for_the_thread() -> None:
    conversation = thread()
    deliver(reply("Sounds good, let us talk.", to=address_of(conversation)), now=NEXT_DAY)

    late = InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("No thanks.", to=address_of(conversation)),
        received_at=NOON,
        due_at=NOON,
    )
    assert process_next(now=NEXT_DAY)

    late.refresh_from_db()
    conversation.refresh_from_db()
    assert late.label == ReplyLabel.NOT_INTERESTED
    assert (conversation.label, conversation.last_reply_at) == (ReplyLabel.INTERESTED, NEXT_DAY)
    assert conversation.is_awaiting_answer
    assert Lead.objects.get().replied_at == NEXT_DAY


def test_processing_costs_the_same_in_a_full_database(
    django_assert_max_num_queries: Any,
) -> None:
    conversation = thread()
    LeadFactory.create_batch(5, customer=CustomerFactory.create())
    receive(
        raw=reply("No thanks.", to=address_of(conversation)),
        source=InboundSource.IMAP,
        external_id="1",
        now=NOON,
    )

    with django_assert_max_num_queries(35):
        process_next(now=NOON)
