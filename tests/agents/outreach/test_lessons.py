"""Five ways in which sending by machine has gone wrong before; each must stay impossible."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.inbox.services import fetch
from agents.inbox.services.process import process_next
from agents.inbox.services.store import receive
from agents.mailboxes.selectors import inbox_is_stale
from agents.models import Answer, DailyQuota, DeliveryEvent, InboundMessage, Lead, Message
from agents.states import (
    InboundSource,
    InboundStatus,
    LeadStatus,
    MessageStatus,
    QuotaMode,
    ReplyLabel,
)
from agents.suppression.selectors import is_suppressed
from tests.conftest import NOON
from tests.fakes.imap import FakeInbox
from tests.helpers.answers import LIVE
from tests.helpers.inbox import deliver, open_messages, thread
from tests.helpers.mailbag import delivery_report, reply

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_lesson_1_an_unread_inbox_is_not_silence(
    configure: Callable[..., None],
) -> None:
    """682 mails, 0 replies seen: nobody noticed that nothing was being read."""
    configure(**LIVE)

    assert inbox_is_stale(now=NOON)
    fetch.poll_inbox(clock=lambda: NOON, open_inbox=FakeInbox)
    assert not inbox_is_stale(now=NOON)
    assert inbox_is_stale(now=NOON + timedelta(hours=1))


def test_lesson_2_a_bounce_after_acceptance_reaches_the_numbers() -> None:
    """The ramp grew into the damage, because it only saw what SMTP refused at once."""
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)
    assert opener.status == MessageStatus.SENT
    day = DailyQuota.objects.create(
        customer=conversation.customer, day=NOON.date(), mode=QuotaMode.LIVE, used=1, limit=10
    )

    deliver(delivery_report(message_id=opener.message_id))

    event = DeliveryEvent.objects.get()
    opener.refresh_from_db()
    assert (event.message, event.kind, opener.delivery) == (opener, "bounced", "bounced")
    day.refresh_from_db()
    assert day.push_backs == 1  # the ramp does not grow from this day
    assert opener.status == MessageStatus.SENT  # accepted: it stays in the rate's denominator


def test_lesson_3_a_bounce_is_never_answered_and_has_its_address() -> None:
    """The machine read a bounce as a reply and apologised to the dead address."""
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(delivery_report(message_id=opener.message_id))

    lead = Lead.objects.get()
    assert stored.label == ReplyLabel.BOUNCE
    assert (lead.status, lead.replied_at) == (LeadStatus.BOUNCED, None)
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert Answer.objects.count() == 0
    assert is_suppressed(customer=lead.customer, email="grace@clinic.com")
    assert not is_suppressed(customer=lead.customer, email="tim@clinic.com")


def test_lesson_4_the_only_reply_survives_a_cursor_that_changed(
    configure: Callable[..., None],
) -> None:
    """ "No thanks" was lost when stored uids meant other mails; both people were queued again."""
    configure(**LIVE)
    conversation = thread()
    box = FakeInbox()
    for uid in range(1, 4):
        box.put(uid, f"Subject: noise {uid}\r\n\r\n".encode(), NOON.date())
    fetch.poll_inbox(clock=lambda: NOON, open_inbox=lambda: box)
    box.deal_anew()
    box.put(2, reply("No thanks.", in_reply_to=_opener_id(conversation.lead)), NOON.date())

    fetch.poll_inbox(clock=lambda: NOON, open_inbox=lambda: box)
    while process_next(now=NOON):
        pass

    assert Lead.objects.get().status == LeadStatus.CLOSED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.CANCELED]


def _opener_id(lead: Lead) -> str:
    return str(lead.messages.get(step=0).message_id)


def test_lesson_5_a_mail_is_processed_or_pending_never_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Raw first, then read, then acted on; a failure between them keeps the mail and says why."""
    thread()
    stored = receive(
        raw=reply("No thanks."), source=InboundSource.IMAP, external_id="1:1", now=NOON
    )

    def broken(arrival: object) -> None:
        raise RuntimeError("half way")

    with monkeypatch.context() as patch:
        patch.setattr("agents.inbox.services.handle_reply.handle_reply", broken)
        with pytest.raises(RuntimeError):
            process_next(now=NOON)
    held = InboundMessage.objects.get()
    assert (held.status, held.error) == (InboundStatus.PENDING, "RuntimeError: half way")
    assert Lead.objects.get().status == LeadStatus.CONTACTED  # nothing half done

    assert process_next(now=NOON + timedelta(minutes=1))
    stored.refresh_from_db()
    assert (stored.status, stored.error) == (InboundStatus.PROCESSED, "")
    assert Message.objects.get(step=1).status == MessageStatus.CANCELED
