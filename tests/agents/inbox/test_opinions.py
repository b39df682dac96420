"""A model's opinion is acted on late and rarely, never before the rules have acted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import OutboxMail
from agents.inbox.classify import classify, parse
from agents.inbox.services import opinions
from agents.inbox.services.opinions import ask_next
from agents.inbox.services.process import process_next
from agents.models import InboundMessage, Lead, Task
from agents.states import Decider, InboundStatus, LeadStatus, MessageStatus, ReplyLabel
from agents.suppression.selectors import is_suppressed
from tests.factories import MembershipFactory
from tests.fakes.llm import MODEL, FakeLlm
from tests.helpers.inbox import NEXT_DAY, deliver, open_messages, process_all, thread
from tests.helpers.llm import COST, spent
from tests.helpers.mailbag import reply
from tests.helpers.opinions import ODD, YES, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.models import Conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("says_yes")]


def test_opinion_is_asked_for_after_the_rules_have_acted(llm: FakeLlm) -> None:
    conversation = thread()

    mail = deliver(reply(ODD))

    assert (mail.status, mail.label) == (InboundStatus.PROCESSED, ReplyLabel.UNCLEAR)
    assert llm.requests == []
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert OutboxMail.objects.filter(dedupe_key=f"reply:{mail.pk}").count() == 1


def test_sure_opinion_is_acted_on_like_any_reading(llm: FakeLlm) -> None:
    conversation = thread()
    mail = deliver(reply(ODD))

    process_all()

    assert outcome(mail) == (
        InboundStatus.PROCESSED,
        ReplyLabel.INTERESTED,
        Decider.MODEL,
        ReplyLabel.INTERESTED,
    )
    opinion = mail.second_opinion
    assert (opinion.model, opinion.words, opinion.confidence, opinion.cost_micros) == (
        MODEL,
        "pencil us in",
        0.95,
        COST,
    )
    assert Lead.objects.get().status == LeadStatus.QUALIFIED
    assert Task.objects.filter(kind="reply_draft").count() == 1
    assert OutboxMail.objects.filter(dedupe_key=f"reply:{mail.pk}").count() == 1
    conversation.refresh_from_db()
    assert (conversation.label, conversation.is_awaiting_answer) == (ReplyLabel.INTERESTED, True)
    assert (len(llm.requests), spent()) == (1, COST)


def test_unsure_opinion_is_kept_and_a_person_decides(llm: FakeLlm) -> None:
    thread()
    mail = deliver(reply(ODD))
    llm.behaviors = [{**YES, "confidence": 0.5}]

    process_all()

    assert outcome(mail) == (
        InboundStatus.PROCESSED,
        ReplyLabel.UNCLEAR,
        Decider.RULES,
        ReplyLabel.INTERESTED,
    )


def test_opinion_of_an_opt_out_counts_for_everybody(llm: FakeLlm) -> None:
    """Though the rules see none."""
    conversation = thread()
    mail = deliver(reply("Kindly make sure that this was the last I saw of you."))
    llm.behaviors = [{"label": "opt_out", "confidence": 0.6, "words": "the last I saw of you"}]

    process_all()

    assert outcome(mail)[1:3] == (ReplyLabel.OPT_OUT, Decider.MODEL)
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")
    assert Lead.objects.get().status == LeadStatus.UNSUBSCRIBED


def test_opinion_that_comes_while_the_mail_is_read_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reading is dropped, and the mail read again."""
    thread()
    mail = deliver(reply(ODD))
    InboundMessage.objects.filter(pk=mail.pk).move(
        source=InboundStatus.PROCESSED,
        target=InboundStatus.PENDING,
        due_at=NEXT_DAY,
        processed_at=None,
    )
    real = classify

    def meanwhile(*args: Any, **options: Any) -> Any:
        ask_next(now=NEXT_DAY)
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(
            "agents.inbox.services.opinions.get_opinion",
            _first_reads_nothing(opinions.get_opinion),
        )
        patch.setattr("agents.inbox.services.read.classify", meanwhile)
        assert process_next(now=NEXT_DAY)
        mail.refresh_from_db()
        assert mail.status == InboundStatus.PENDING

    process_all()
    assert outcome(mail)[:3] == (InboundStatus.PROCESSED, ReplyLabel.INTERESTED, Decider.MODEL)


def _first_reads_nothing(read: Callable[..., Any]) -> Callable[..., Any]:
    """The reader looked for an opinion a moment before there was one."""
    calls: list[int] = []

    def look(mail: InboundMessage) -> Any:
        calls.append(1)
        return None if len(calls) == 1 else read(mail)

    return look


def test_opinion_is_kept_when_the_mail_is_read_again(
    llm: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the model is not asked twice."""
    thread()
    mail = deliver(reply(ODD))
    process_all()
    InboundMessage.objects.update(classifier_version=1)

    process_all(now=NEXT_DAY + timedelta(days=1))

    assert outcome(mail)[:3] == (InboundStatus.PROCESSED, ReplyLabel.INTERESTED, Decider.MODEL)
    assert len(llm.requests) == 1


def test_opinion_yields_to_rules_that_learned_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread()
    mail = deliver(reply(ODD))
    process_all()
    sure = classify(parse(reply("No thanks.")), today=date(2026, 3, 5))
    for module in ("read", "reclassify"):
        monkeypatch.setattr(
            f"agents.inbox.services.{module}.classify", lambda *_args, **_options: sure
        )
    InboundMessage.objects.update(classifier_version=1)

    process_all(now=NEXT_DAY + timedelta(days=1))

    assert outcome(mail)[:3] == (InboundStatus.PROCESSED, ReplyLabel.NOT_INTERESTED, Decider.RULES)


def test_opinion_opens_nothing_that_a_person_has_closed() -> None:
    conversation = thread()
    deliver(reply(ODD))
    type(conversation).objects.filter(pk=conversation.pk).move(
        source="open", target="closed", is_awaiting_answer=False
    )

    process_all()

    conversation.refresh_from_db()
    assert (conversation.status, conversation.is_awaiting_answer, conversation.label) == (
        "closed",
        False,
        ReplyLabel.INTERESTED,
    )


def test_opinion_of_a_not_now_keeps_its_date(llm: FakeLlm) -> None:
    conversation = thread()
    deliver(reply("Pencil us in, but the builders are here. 1 June it is then."))
    llm.behaviors = [{"label": "not_now", "confidence": 0.9, "words": "the builders are here"}]

    process_all()

    conversation.refresh_from_db()
    assert conversation.label == ReplyLabel.NOT_NOW
    assert conversation.resume_at is not None
    assert conversation.resume_at.date() == date(2026, 6, 1)


def test_thread_and_console_say_who_chose_the_label(
    client: Any, operator_client: Any, llm: FakeLlm
) -> None:
    conversation: Conversation = thread()
    deliver(reply(ODD))
    assert "the model will be asked" in operator_client.get("/admin/agents/inboundmessage/").text
    process_all()
    client.force_login(MembershipFactory.create(customer=conversation.customer).user)

    page = client.get(f"/portal/conversations/{conversation.pk}/").text

    assert f"{MODEL} chose this label because of “pencil us in”" in page
    assert (
        f"{MODEL}; the model said interested 95%"
        in operator_client.get("/admin/agents/inboundmessage/").text
    )
