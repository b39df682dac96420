"""Received mail is stored as it came, once, and is pending."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from agents.inbox.services.store import TooLarge, receive
from agents.models import InboundMessage
from agents.states import InboundSource, InboundStatus
from tests.conftest import NOON
from tests.factories import InboundMessageFactory

pytestmark = pytest.mark.django_db


def test_mail_is_stored_as_it_came_and_is_pending() -> None:
    raw = b"\xff\x00 not even a mail"

    mail = receive(raw=raw, source=InboundSource.IMAP, external_id="1:7", now=NOON)

    mail.refresh_from_db()
    assert (bytes(mail.raw), mail.status, mail.due_at) == (raw, InboundStatus.PENDING, NOON)


@pytest.mark.parametrize(
    ("raw", "external_id"),
    [
        (b"Subject: one\r\n\r\nA", "1:1"),
        (b"Subject: two\r\n\r\nB", "1:1"),
        (b"Subject: one\r\n\r\nA", "1:2"),
    ],
    ids=["again", "same id", "same bytes"],
)
def test_second_delivery_is_the_same_mail(raw: bytes, external_id: str) -> None:
    first = receive(
        raw=b"Subject: one\r\n\r\nA", source=InboundSource.IMAP, external_id="1:1", now=NOON
    )

    second = receive(raw=raw, source=InboundSource.IMAP, external_id=external_id, now=NOON)

    assert second.pk == first.pk
    assert InboundMessage.objects.count() == 1


def test_mail_above_thirty_megabytes_is_refused() -> None:
    with pytest.raises(TooLarge):
        receive(raw=b"x" * 30_000_001, source=InboundSource.IMAP, external_id="1:1", now=NOON)


def test_simulated_mail_comes_from_the_sandbox_only() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMessageFactory.create(source=InboundSource.IMAP, is_simulated=True)
