"""Reading the mailbox: every mail once, and "not read" is told from "no answer"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from agents.inbox.services import fetch
from agents.mailboxes.errors import InboxUnavailable
from agents.mailboxes.selectors import inbox_is_stale, inbox_read_at
from agents.mailboxes.transports.imap import ImapInbox
from agents.models import InboundMessage, InboxCursor
from tests.conftest import NOON
from tests.fakes.imap import FakeInbox
from tests.helpers.answers import LIVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(configure: Callable[..., None]) -> FakeInbox:
    configure(**LIVE)
    made = FakeInbox()
    for uid in (3, 5):
        made.put(uid, f"Subject: {uid}\r\n\r\nHello\r\n".encode(), NOON.date())
    return made


def poll(box: FakeInbox, now: datetime = NOON) -> int:
    return fetch.poll_inbox(clock=lambda: now, open_inbox=lambda: box)


def test_each_mail_is_stored_once(box: FakeInbox) -> None:
    first = poll(box)
    again = poll(box)
    box.put(9, b"Subject: 9\r\n\r\n", NOON.date())
    third = poll(box)

    assert (first, again, third) == (2, 0, 1)
    assert set(InboundMessage.objects.values_list("external_id", flat=True)) == {
        "1:3",
        "1:5",
        "1:9",
    }
    assert InboxCursor.objects.get().last_uid == 9
    assert box.is_closed


def test_new_uids_lose_nothing_and_store_nothing_twice(box: FakeInbox) -> None:
    poll(box)
    box.put(9, b"Subject: the only human reply\r\n\r\nNo thanks", NOON.date())
    box.deal_anew()

    poll(box, NOON + timedelta(days=1))

    subjects = sorted(
        bytes(raw).split(b"\r\n")[0] for raw in InboundMessage.objects.values_list("raw", flat=True)
    )
    assert subjects == [b"Subject: 3", b"Subject: 5", b"Subject: the only human reply"]


def test_lost_connection_goes_on_where_it_was(box: FakeInbox) -> None:
    box.broken_uid = 5
    poll(box)
    cursor = InboxCursor.objects.get()

    assert (cursor.last_uid, cursor.error, cursor.read_at) == (3, "connection reset", None)
    assert inbox_is_stale(now=NOON)

    box.broken_uid = 0
    poll(box)

    assert InboundMessage.objects.count() == 2
    assert not inbox_is_stale(now=NOON)


def test_inbox_is_stale_after_half_an_hour_without_a_visit(box: FakeInbox) -> None:
    poll(box)

    assert inbox_read_at() == NOON
    assert not inbox_is_stale(now=NOON + timedelta(minutes=30))
    assert inbox_is_stale(now=NOON + timedelta(minutes=30, seconds=1))


def test_full_inbox_counts_as_read_after_its_last_visit(
    box: FakeInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH", 1)

    assert poll(box) == 1
    assert inbox_is_stale(now=NOON)
    assert poll(box) == 1
    assert not inbox_is_stale(now=NOON)


def test_mailbox_is_not_opened_in_dry_run(configure: Callable[..., None]) -> None:
    def forbidden() -> FakeInbox:
        raise AssertionError("opened")

    assert fetch.poll_inbox(clock=lambda: NOON, open_inbox=forbidden) == 0
    assert not inbox_is_stale(now=NOON)


def test_real_mailbox_cannot_be_made_in_dry_run() -> None:
    with pytest.raises(InboxUnavailable):
        ImapInbox(settings.CONFIG)
