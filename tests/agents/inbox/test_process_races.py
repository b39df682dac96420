"""Many workers and people at once: no mail is handled twice."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from accounts.models import AuditEvent
from agents.inbox.services import handle_reply, opinions
from agents.inbox.services.assign import assign_to_conversation, set_aside
from agents.inbox.services.handle_reply.context import ReplyContext
from agents.inbox.services.opinions import ask_next
from agents.inbox.services.process import process_next
from agents.inbox.services.store import receive
from agents.models import InboundMessage, Lead, SecondOpinion
from agents.outreach.services.send.claim import claim
from agents.states import InboundSource, InboundStatus, LeadStatus, MessageStatus
from tests.helpers.answers import BY
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, thread
from tests.helpers.mailbag import reply
from tests.helpers.threads import WORKERS, crew

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("switches"),
]


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each mail was handled."""
    seen, lock, real = Counter[int](), threading.Lock(), handle_reply.handle_reply

    def count(context: ReplyContext) -> None:
        with lock:
            seen[context.inbound.pk] += 1
        real(context)

    monkeypatch.setattr(handle_reply, "handle_reply", count)
    return seen


def test_one_mail_is_handled_by_one_worker(handled: Counter[int]) -> None:
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
    assert set(handled.values()) == {1}
    assert AuditEvent.objects.filter(action="lead.qualified").count() == 5


def test_many_mails_of_one_thread_are_handled_once_each(handled: Counter[int]) -> None:
    conversation = thread()
    for number in range(20):
        receive(
            raw=reply(f"Sounds great, call me at {number}.", to=address_of(conversation)),
            source=InboundSource.IMAP,
            external_id=f"1:{number}",
            now=NEXT_DAY,
        )

    def process_all() -> None:
        while process_next(now=NEXT_DAY):
            pass

    crew(process_all)

    assert handled == Counter(InboundMessage.objects.values_list("pk", flat=True))
    assert set(InboundMessage.objects.values_list("status", flat=True)) == {InboundStatus.PROCESSED}
    assert Lead.objects.get().status == LeadStatus.QUALIFIED


def test_same_bytes_delivered_at_once_are_one_mail() -> None:
    conversation = thread()
    raw = reply("Call me.", to=address_of(conversation))

    stored = crew(
        lambda: receive(raw=raw, source=InboundSource.IMAP, external_id="1:1", now=NEXT_DAY).pk
    )

    assert len(stored) == WORKERS
    assert set(stored) == {InboundMessage.objects.get().pk}


def test_model_is_asked_about_a_mail_by_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_mail_is_assigned_or_set_aside_by_one_person() -> None:
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


def test_reply_and_claim_at_once_never_send() -> None:
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
