"""A stored answer leaves once, or not at all, and then somebody is told why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.autopilot.services.switches import set_autopilot, set_autopilot_for_all
from agents.inbox.services import send_answers
from agents.mailboxes.services.transports import SendOutcome, SendResult
from agents.models import Answer, SystemSettings
from agents.states import AnswerStatus, ConversationStatus, MessageMode
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.helpers.answers import BY, Wire, replied_thread, write_answer

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_answer_leaves_once_as_a_plain_reply(wire: Wire) -> None:
    conversation = replied_thread()

    row = write_answer(conversation)
    assert send_answers.send_next(now=NOON)
    assert not send_answers.send_next(now=NOON)

    row.refresh_from_db()
    conversation.refresh_from_db()
    assert (row.status, row.mode) == (AnswerStatus.SENT, MessageMode.LIVE)
    (mail,) = wire.mails
    assert (mail.to_address, mail.subject, mail.body) == (
        "grace@clinic.com",
        "Re: A quieter front desk",
        "It is $99.\n",
    )
    assert (mail.in_reply_to, mail.message_id) == ("<theirs@clinic.com>", row.message_id)
    assert conversation.token in mail.reply_to
    assert mail.unsubscribe_url == ""
    assert (conversation.status, conversation.taken_by, conversation.is_awaiting_answer) == (
        ConversationStatus.HUMAN,
        BY,
        False,
    )


def test_answer_stops_at_an_opt_out_meanwhile(wire: Wire) -> None:
    row = write_answer(replied_thread())
    suppress(kind="address", value="grace@clinic.com", reason="opt_out", now=NOON)

    assert send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.FAILED
    assert "has opted out" in row.error
    assert wire.mails == []


def test_answer_in_dry_run_never_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(mode: str) -> None:
        raise AssertionError("no transport in dry run")

    monkeypatch.setattr(send_answers, "get_transport", forbidden)
    row = write_answer(replied_thread())

    assert send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert (row.mode, row.status, row.message_id) == (
        MessageMode.DRY_RUN,
        AnswerStatus.DRY_RUN,
        "",
    )


def test_answer_to_a_made_up_lead_never_leaves(wire: Wire) -> None:
    row = write_answer(replied_thread(email="grace@clinic.example", sender="grace@clinic.example"))

    assert send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.DRY_RUN
    assert wire.mails == []


def test_answer_fails_when_the_mode_has_changed(wire: Wire, configure: Callable[..., None]) -> None:
    row = write_answer(replied_thread())
    configure(EMAIL_MODE="DRY_RUN")

    assert send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.FAILED
    assert wire.mails == []


def test_answer_waits_while_all_outreach_is_stopped(wire: Wire) -> None:
    row = write_answer(replied_thread())
    SystemSettings.objects.update_or_create(pk=1, defaults={"outreach_stopped_at": NOON})

    assert send_answers.send_next(now=NOON)
    assert not send_answers.send_next(now=NOON)
    SystemSettings.objects.update(outreach_stopped_at=None)
    assert send_answers.send_next(now=NOON + timedelta(minutes=5))

    row.refresh_from_db()
    assert row.status == AnswerStatus.SENT
    assert len(wire.mails) == 1


@pytest.mark.parametrize("whose", ["the customer's", "everybody's"])
def test_answer_leaves_while_the_autopilot_is_off(wire: Wire, whose: str) -> None:
    """It is no outreach: the other side wrote, and a person answers."""
    row = write_answer(replied_thread())
    if whose == "everybody's":
        set_autopilot_for_all(is_on=False, by="hoss@hossagent.test", now=NOON)
    else:
        set_autopilot(customer=row.customer, is_on=False, by="ada@agency.com", now=NOON)

    assert send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert (row.status, len(wire.mails)) == (AnswerStatus.SENT, 1)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(SendOutcome.UNKNOWN, AnswerStatus.UNKNOWN), (SendOutcome.REJECTED, AnswerStatus.FAILED)],
)
def test_failed_answer_waits_for_a_person(wire: Wire, outcome: SendOutcome, status: str) -> None:
    conversation = replied_thread()
    wire.result = SendResult(success=False, mode="SMTP", error="450 busy", outcome=outcome)
    row = write_answer(conversation)

    assert send_answers.send_next(now=NOON)
    assert not send_answers.send_next(now=NOON + timedelta(days=1))

    row.refresh_from_db()
    conversation.refresh_from_db()
    assert (row.status, row.error) == (status, "450 busy")
    assert conversation.is_awaiting_answer
    assert len(wire.mails) == 1


def test_answer_whose_worker_died_is_unknown() -> None:
    row = write_answer(replied_thread())
    Answer.objects.update(mode=MessageMode.LIVE)
    Answer.objects.filter(pk=row.pk).move(
        source=AnswerStatus.QUEUED, target=AnswerStatus.SENDING, message_id="<a@b>", due_at=NOON
    )

    assert not send_answers.sweep_next(now=NOON - timedelta(seconds=1))
    assert send_answers.sweep_next(now=NOON)
    assert not send_answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.UNKNOWN
