"""Answers from the portal: stored, sent at most once, never to who asked for silence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.autopilot.services.switches import set_autopilot, set_autopilot_for_all
from agents.inbox.services import answers, conversations
from agents.mailboxes.services.transports import OutgoingMail, SendOutcome, SendResult
from agents.models import Answer, Conversation, Lead, Message, SystemSettings
from agents.states import (
    AnswerStatus,
    ConversationStatus,
    InboundSource,
    InboundStatus,
    LeadStatus,
    MessageMode,
    MessageStatus,
    ReplyLabel,
)
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
    SubscriptionFactory,
)
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

BY = "ada@agency.test"
LIVE = {
    "EMAIL_MODE": "SMTP",
    "SMTP_HOST": "smtp.agency.com",
    "SMTP_FROM_EMAIL": "ada@agency.com",
    "IMAP_HOST": "imap.agency.com",
    "IMAP_USERNAME": "ada@agency.com",
    "IMAP_PASSWORD": "secret",
}


class Wire:
    """A transport that keeps what it was given and answers as told."""

    name = "SMTP"

    def __init__(self) -> None:
        self.mails: list[OutgoingMail] = []
        self.result = SendResult(success=True, mode="SMTP", error=None)

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult:
        self.mails.append(mail)
        return self.result

    def close(self) -> None:
        pass


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> Wire:
    made = Wire()
    configure(**LIVE)
    monkeypatch.setattr(answers, "get_transport", lambda mode: made)
    return made


def thread(*, sender: str = "grace@clinic.com", **lead: Any) -> Conversation:
    """A conversation of a complimentary customer in which somebody has replied."""
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, complimentary=True)
    conversation: Conversation = ConversationFactory.create(
        lead=LeadFactory.create(
            customer=customer,
            **{
                "email": "grace@clinic.com",
                "status": LeadStatus.REPLIED,
                "next_action_at": None,
                **lead,
            },
        ),
        last_reply_at=NOON,
        is_awaiting_answer=True,
    )
    InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("How much?", message_id="<theirs@clinic.com>"),
        status=InboundStatus.PROCESSED,
        due_at=None,
        label=ReplyLabel.QUESTION,
        classifier_version=1,
        from_address=sender,
        from_name="Grace Hopper",
        subject="Re: A quieter front desk",
        customer=customer,
        conversation=conversation,
    )
    return conversation


def say(conversation: Conversation, text: str = "It is $99.", key: str = "k1") -> Answer:
    return answers.answer(conversation=conversation, body=text, by=BY, form_key=key, now=NOON)


def test_an_answer_goes_out_once_as_a_plain_reply(wire: Wire) -> None:
    conversation = thread()

    row = say(conversation)
    assert answers.send_next(now=NOON)
    assert not answers.send_next(now=NOON)

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


def test_the_same_form_twice_is_one_answer(wire: Wire) -> None:
    conversation = thread()

    first, second = say(conversation), say(conversation)

    assert first.pk == second.pk
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("stored", ["grace@clinic.com", "clinic.com"])
def test_who_asked_for_silence_is_not_answered(wire: Wire, stored: str) -> None:
    conversation = thread()
    kind = "address" if "@" in stored else "domain"
    suppress(kind=kind, value=stored, reason="opt_out", now=NOON)

    with pytest.raises(answers.CannotAnswer, match="has opted out"):
        say(conversation)


def test_an_opt_out_between_writing_and_sending_stops_the_answer(wire: Wire) -> None:
    row = say(thread())
    suppress(kind="address", value="grace@clinic.com", reason="opt_out", now=NOON)

    assert answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.FAILED
    assert "has opted out" in row.error
    assert wire.mails == []


@pytest.mark.parametrize("sender", ["mailer-daemon@clinic.com", "no-reply@clinic.com", ""])
def test_machines_are_not_answered(wire: Wire, sender: str) -> None:
    with pytest.raises(answers.CannotAnswer):
        say(thread(sender=sender))


def test_there_is_no_answer_to_somebody_who_has_not_written(wire: Wire) -> None:
    conversation = ConversationFactory.create()

    with pytest.raises(answers.CannotAnswer, match="not written to you yet"):
        say(conversation)


def test_in_dry_run_an_answer_is_stored_labelled_and_never_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(mode: str) -> None:
        raise AssertionError("no transport in dry run")

    monkeypatch.setattr(answers, "get_transport", forbidden)
    row = say(thread())

    assert answers.send_next(now=NOON)

    row.refresh_from_db()
    assert (row.mode, row.status, row.message_id) == (
        MessageMode.DRY_RUN,
        AnswerStatus.DRY_RUN,
        "",
    )


def test_a_made_up_lead_gets_no_real_answer(wire: Wire) -> None:
    row = say(thread(email="grace@clinic.example", sender="grace@clinic.example"))

    assert answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.DRY_RUN
    assert wire.mails == []


def test_an_answer_written_for_real_never_leaves_after_the_mode_changed(
    wire: Wire, configure: Callable[..., None]
) -> None:
    row = say(thread())
    configure(EMAIL_MODE="DRY_RUN")

    assert answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.FAILED
    assert wire.mails == []


def test_the_kill_switch_holds_an_answer_until_it_is_released(wire: Wire) -> None:
    row = say(thread())
    SystemSettings.objects.update_or_create(pk=1, defaults={"outreach_stopped_at": NOON})

    assert answers.send_next(now=NOON)
    assert not answers.send_next(now=NOON)
    SystemSettings.objects.update(outreach_stopped_at=None)
    assert answers.send_next(now=NOON + timedelta(minutes=5))

    row.refresh_from_db()
    assert row.status == AnswerStatus.SENT
    assert len(wire.mails) == 1


@pytest.mark.parametrize("whose", ["the customer's", "everybody's"])
def test_a_person_s_answer_leaves_while_the_autopilot_is_off(wire: Wire, whose: str) -> None:
    """It is no outreach: the other side wrote, and a person answers."""
    row = say(thread())
    if whose == "everybody's":
        set_autopilot_for_all(is_on=False, by="hoss@hossagent.test", now=NOON)
    else:
        set_autopilot(customer=row.customer, is_on=False, by="ada@agency.com", now=NOON)

    assert answers.send_next(now=NOON)

    row.refresh_from_db()
    assert (row.status, len(wire.mails)) == (AnswerStatus.SENT, 1)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(SendOutcome.UNKNOWN, AnswerStatus.UNKNOWN), (SendOutcome.REJECTED, AnswerStatus.FAILED)],
)
def test_a_failed_answer_waits_for_a_person_and_is_not_sent_again(
    wire: Wire, outcome: SendOutcome, status: str
) -> None:
    conversation = thread()
    wire.result = SendResult(success=False, mode="SMTP", error="450 busy", outcome=outcome)
    row = say(conversation)

    assert answers.send_next(now=NOON)
    assert not answers.send_next(now=NOON + timedelta(days=1))

    row.refresh_from_db()
    conversation.refresh_from_db()
    assert (row.status, row.error) == (status, "450 busy")
    assert conversation.is_awaiting_answer
    assert len(wire.mails) == 1


def test_an_answer_whose_worker_died_is_unknown() -> None:
    row = say(thread())
    Answer.objects.update(mode=MessageMode.LIVE)
    Answer.objects.filter(pk=row.pk).move(
        source=AnswerStatus.QUEUED, target=AnswerStatus.SENDING, message_id="<a@b>", due_at=NOON
    )

    assert not answers.sweep_next(now=NOON - timedelta(seconds=1))
    assert answers.sweep_next(now=NOON)
    assert not answers.send_next(now=NOON)

    row.refresh_from_db()
    assert row.status == AnswerStatus.UNKNOWN


# --- Who looks after it ---------------------------------------------------------------


def contacted() -> Conversation:
    lead = LeadFactory.create(
        status=LeadStatus.CONTACTED, last_contacted_at=NOON, next_action_at=NOON
    )
    MessageFactory.create(lead=lead, step=1, status=MessageStatus.QUEUED)
    conversation: Conversation = ConversationFactory.create(lead=lead)
    return conversation


def test_taking_over_stops_the_agents_and_giving_back_lets_them_go_on() -> None:
    conversation = contacted()

    assert conversations.take_over(conversation=conversation, by=BY, now=NOON)
    assert not conversations.take_over(conversation=conversation, by=BY, now=NOON)
    taken = Conversation.objects.get()
    assert (taken.status, taken.taken_by) == (ConversationStatus.HUMAN, BY)
    assert Message.objects.get().status == MessageStatus.CANCELED
    assert Lead.objects.get().next_action_at is None

    assert conversations.give_back(conversation=conversation, by=BY, now=NOON)
    assert Conversation.objects.get().status == ConversationStatus.OPEN
    assert Lead.objects.get().next_action_at == NOON


def test_giving_back_never_writes_to_somebody_who_replied() -> None:
    conversation = thread()
    conversations.take_over(conversation=conversation, by=BY, now=NOON)

    conversations.give_back(conversation=conversation, by=BY, now=NOON)

    assert Lead.objects.get().next_action_at is None


def test_closing_ends_everything() -> None:
    conversation = contacted()

    assert conversations.close(conversation=conversation, by=BY, now=NOON)
    assert not conversations.close(conversation=conversation, by=BY, now=NOON)

    assert Conversation.objects.get().status == ConversationStatus.CLOSED
    assert Message.objects.get().status == MessageStatus.CANCELED
