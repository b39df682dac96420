"""Many workers and people at once: no mail acted on twice, none answered or approved twice."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import AuditEvent
from accounts.services import audit
from agents.inbox.services import answers, conversations, handle_reply, opinions
from agents.inbox.services.assign import assign_to_conversation, set_aside
from agents.inbox.services.opinions import ask_next
from agents.inbox.services.process import process_next
from agents.inbox.services.store import receive
from agents.models import (
    Answer,
    ApprovalDecision,
    InboundMessage,
    Lead,
    Message,
    Profile,
    SecondOpinion,
    SystemSettings,
)
from agents.outreach.services import approvals
from agents.outreach.services.bizdev.release import expire_approvals
from agents.outreach.services.send.claim import claim
from agents.states import (
    AnswerStatus,
    ConversationStatus,
    InboundSource,
    InboundStatus,
    LeadStatus,
    MessageStatus,
)
from tests.agents.inbox.test_answers import LIVE, Wire, say
from tests.agents.inbox.test_answers import thread as answered_thread
from tests.agents.inbox.test_process import NEXT_DAY, address_of, deliver, thread
from tests.conftest import NOON
from tests.factories import MessageFactory
from tests.helpers.mailbag import reply
from tests.helpers.threads import WORKERS, crew

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

BY = "ada@agency.test"


@pytest.fixture(autouse=True)
def switches() -> None:
    """Tests of this kind empty every table afterwards, the switches' row included."""
    SystemSettings.objects.get_or_create(pk=1)


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often the consequences of each mail were drawn."""
    seen, lock, real = Counter[int](), threading.Lock(), handle_reply.handle_reply

    def count(arrival: handle_reply.ReplyContext) -> None:
        with lock:
            seen[arrival.inbound.pk] += 1
        real(arrival)

    monkeypatch.setattr(handle_reply, "handle_reply", count)
    return seen


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> Wire:
    made = Wire()
    configure(**LIVE)
    monkeypatch.setattr(answers, "get_transport", lambda mode: made)
    return made


def waiting(**fields: Any) -> Message:
    message: Message = MessageFactory.create(
        status=MessageStatus.AWAITING_APPROVAL, due_at=NEXT_DAY, **fields
    )
    return message


# --- Received mail --------------------------------------------------------------------


def test_one_mail_is_acted_on_by_one_worker(acted: Counter[int]) -> None:
    for turn in range(5):
        conversation = thread(email=f"grace{turn}@clinic{turn}.com")
        mail = receive(
            raw=reply("Sounds great, call me.", to=address_of(conversation)),
            source=InboundSource.IMAP,
            external_id=f"1:{turn}",
            now=NEXT_DAY,
        )

        crew(lambda: process_next(now=NEXT_DAY))

        mail.refresh_from_db()
        assert mail.status == InboundStatus.PROCESSED
    assert set(acted.values()) == {1}
    assert AuditEvent.objects.filter(action="lead.qualified").count() == 5


def test_many_mails_of_one_thread_are_each_acted_on_once(acted: Counter[int]) -> None:
    conversation = thread()
    for number in range(20):
        receive(
            raw=reply(f"Sounds great, call me at {number}.", to=address_of(conversation)),
            source=InboundSource.IMAP,
            external_id=f"1:{number}",
            now=NEXT_DAY,
        )

    def drain() -> None:
        while process_next(now=NEXT_DAY):
            pass

    crew(drain)

    assert acted == Counter(InboundMessage.objects.values_list("pk", flat=True))
    assert set(InboundMessage.objects.values_list("status", flat=True)) == {InboundStatus.PROCESSED}
    assert Lead.objects.get().status == LeadStatus.QUALIFIED


def test_the_same_bytes_delivered_at_once_are_one_mail() -> None:
    conversation = thread()
    raw = reply("Call me.", to=address_of(conversation))

    stored = crew(
        lambda: receive(raw=raw, source=InboundSource.IMAP, external_id="1:1", now=NEXT_DAY).pk
    )

    assert len(stored) == WORKERS
    assert set(stored) == {InboundMessage.objects.get().pk}


def test_the_model_is_asked_about_a_mail_by_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ask(**_: Any) -> None:
        asked.append(1)

    monkeypatch.setattr(opinions, "get_second_opinion", ask)
    for turn in range(5):
        conversation = thread(email=f"grace{turn}@clinic{turn}.com")
        mail = deliver(reply("Pencil us in.", to=address_of(conversation)), external_id=f"1:{turn}")
        SecondOpinion.objects.create(inbound=mail, due_at=NEXT_DAY)

        crew(lambda: ask_next(now=NEXT_DAY))

        assert len(asked) == turn + 1
    assert set(SecondOpinion.objects.values_list("attempts", flat=True)) == {1}


def test_a_mail_is_placed_by_one_person() -> None:
    conversation = thread()
    mail = deliver(reply("Sounds great.", sender="gh@private.com"))
    calls = iter(range(WORKERS))
    lock = threading.Lock()

    def decide() -> bool:
        with lock:
            number = next(calls)
        if number % 2:
            return set_aside(inbound=mail, by=BY, now=NEXT_DAY)
        return assign_to_conversation(inbound=mail, conversation=conversation, by=BY, now=NEXT_DAY)

    assert sorted(crew(decide)) == [False] * (WORKERS - 1) + [True]
    assert AuditEvent.objects.filter(action__startswith="inbound.").count() == 1


# --- People's answers -----------------------------------------------------------------


def test_an_answer_leaves_once(wire: Wire) -> None:
    conversation = answered_thread()
    for turn in range(5):
        say(conversation, text=f"Answer {turn}", key=f"k{turn}")
        crew(lambda: answers.send_next(now=NOON))
        assert Counter(mail.body for mail in wire.mails) == Counter(
            f"Answer {number}\n" for number in range(turn + 1)
        )
    assert set(Answer.objects.values_list("status", flat=True)) == {AnswerStatus.SENT}


def test_many_answers_each_leave_once(wire: Wire) -> None:
    conversation = answered_thread()
    for number in range(16):
        say(conversation, text=f"Answer {number}", key=f"k{number}")

    def drain() -> None:
        while answers.send_next(now=NOON):
            pass

    crew(drain)

    assert Counter(mail.body for mail in wire.mails) == Counter(
        f"Answer {number}\n" for number in range(16)
    )


def test_one_button_pressed_by_eight_hands_is_one_answer(wire: Wire) -> None:
    conversation = answered_thread()

    rows = crew(lambda: say(conversation).pk)

    assert (len(rows), len(set(rows)), Answer.objects.count()) == (WORKERS, 1, 1)


# --- Approvals ------------------------------------------------------------------------


def approve(message: Message) -> bool:
    try:
        approvals.approve(message=message, by=BY, now=NOON)
    except approvals.NoLongerWaiting:
        return False
    return True


def test_a_mail_is_approved_once_and_counted_once() -> None:
    message = waiting()

    done = crew(lambda: approve(message))

    assert sorted(done) == [False] * (WORKERS - 1) + [True]
    assert ApprovalDecision.objects.count() == 1
    assert Profile.objects.get().messages_approved == 1


def test_approving_and_skipping_at_once_is_one_of_both() -> None:
    for _ in range(5):
        message = waiting()
        calls, lock = iter(range(WORKERS)), threading.Lock()

        def decide(message: Message = message, calls: Any = calls, lock: Any = lock) -> str:
            with lock:
                number = next(calls)
            try:
                if number % 2:
                    approvals.skip(message=message, by=BY, now=NOON)
                    return MessageStatus.SKIPPED
                approvals.approve(message=message, by=BY, now=NOON)
            except approvals.NoLongerWaiting:
                return ""
            return MessageStatus.QUEUED

        said = [word for word in crew(decide) if word]

        message.refresh_from_db()
        # A mail that is queued may still be stopped; one that was stopped stays so.
        assert said.count(MessageStatus.SKIPPED) <= 1
        assert said.count(MessageStatus.QUEUED) <= 1
        assert message.status == (
            MessageStatus.SKIPPED if MessageStatus.SKIPPED in said else MessageStatus.QUEUED
        )
        assert message.decisions.count() == len(said)


def test_an_approval_that_meets_its_expiry_is_one_of_both() -> None:
    for _ in range(8):
        message = waiting()
        calls, lock = iter(range(2)), threading.Lock()

        def decide(message: Message = message, calls: Any = calls, lock: Any = lock) -> str:
            with lock:
                number = next(calls)
            if number:
                return "approved" if approve(message) else ""
            return "expired" if expire_approvals(messages=[message], now=NEXT_DAY) else ""

        said = [word for word in crew(decide, workers=2) if word]

        message.refresh_from_db()
        assert said == ["approved" if message.status == MessageStatus.QUEUED else "expired"], (
            message.status
        )
        assert message.decisions.count() == said.count("approved")


def test_a_text_that_is_being_edited_is_not_claimed_with_the_old_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = MessageFactory.create(status=MessageStatus.QUEUED)
    is_editing, may_go_on = threading.Event(), threading.Event()
    real = audit.record

    def slowly(*words: Any, **fields: Any) -> Any:
        is_editing.set()
        assert may_go_on.wait(10)
        return real(*words, **fields)

    monkeypatch.setattr(audit, "record", slowly)
    calls, lock = iter(range(2)), threading.Lock()

    def act() -> list[str]:
        with lock:
            number = next(calls)
        if number:
            approvals.edit(message=message, subject="Mine", body="My words.", by=BY, now=NOON)
            return []
        assert is_editing.wait(10)
        taken = [Message.objects.get(pk=row.pk).body for row in claim(now=NOON, limit=1)]
        may_go_on.set()
        return taken

    assert crew(act, workers=2) == [[], []]
    assert [Message.objects.get(pk=row.pk).body for row in claim(now=NOON, limit=1)] == [
        "My words.\n"
    ]


# --- Conversations --------------------------------------------------------------------


def test_a_conversation_is_taken_over_by_one_person() -> None:
    conversation = thread()

    done = crew(lambda: conversations.take_over(conversation=conversation, by=BY, now=NOON))

    conversation.refresh_from_db()
    assert sorted(done) == [False] * (WORKERS - 1) + [True]
    assert conversation.status == ConversationStatus.HUMAN
    assert AuditEvent.objects.filter(action="conversation.moved").count() == 1


def test_a_reply_and_a_claim_at_once_never_send_to_who_has_answered() -> None:
    """Whoever is first: a claimed row is canceled by the reply, or not claimed at all."""
    for turn in range(5):
        conversation = thread(email=f"tim{turn}@other{turn}.com")
        follow_up = conversation.lead.messages.get(step=1)
        receive(
            raw=reply("No thanks.", to=address_of(conversation)),
            source=InboundSource.IMAP,
            external_id=f"1:{turn}",
            now=NEXT_DAY,
        )
        calls, lock = iter(range(2)), threading.Lock()

        def act(calls: Any = calls, lock: Any = lock) -> None:
            with lock:
                number = next(calls)
            if number:
                process_next(now=NEXT_DAY)
            else:
                claim(now=NEXT_DAY, limit=1)

        crew(act, workers=2)

        follow_up.refresh_from_db()
        assert follow_up.status == MessageStatus.CANCELED
