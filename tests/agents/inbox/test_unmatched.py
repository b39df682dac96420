"""Mail that fits no conversation: whose it is, who may place it, and that it stays kept."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEvent, OutboxMail
from agents.inbox.services.assign import ForeignMail, assign_to_conversation, set_aside
from agents.inbox.services.process import process_next
from agents.models import Answer, Conversation, InboundMessage, Lead
from agents.states import (
    AnswerStatus,
    ConversationStatus,
    InboundSource,
    InboundStatus,
    LeadStatus,
    MessageMode,
    ReplyLabel,
)
from tests.agents.inbox.test_process import NEXT_DAY, address_of, deliver, thread
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory
from tests.helpers.mailbag import delivery_report, reply

pytestmark = pytest.mark.django_db

BY = "hoss@hossagent.test"
STRANGER = "gh@private.com"


def closed(conversation: Conversation) -> Conversation:
    Conversation.objects.filter(pk=conversation.pk).move(
        source=ConversationStatus.OPEN, target=ConversationStatus.CLOSED
    )
    return conversation


def two_threads(customer: Any = None) -> tuple[Conversation, Conversation]:
    first = thread(**({"customer": customer} if customer else {}))
    return first, thread(email="tim@other.com", customer=first.customer)


# --- Whose it is ----------------------------------------------------------------------


def test_two_tokens_of_one_customer_make_the_mail_that_customers() -> None:
    first, second = two_threads()

    mail = deliver(
        reply("Hm, which?", to=f"{address_of(first)}, {address_of(second)}", sender=STRANGER)
    )

    assert (mail.status, mail.customer, mail.conversation) == (
        InboundStatus.UNMATCHED,
        first.customer,
        None,
    )
    told = OutboxMail.objects.get(kind="agents/reply_unplaced")
    assert (told.to, told.dedupe_key) == (first.customer.email, f"unplaced:{mail.pk}")


def test_references_to_two_threads_of_one_customer_make_it_that_customers() -> None:
    first, second = two_threads()
    ids = [c.lead.messages.get(step=0).message_id for c in (first, second)]

    mail = deliver(reply("Hm.", sender=STRANGER, in_reply_to=ids[0], References=" ".join(ids)))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, first.customer)


def test_the_sender_of_a_closed_conversation_is_its_customers() -> None:
    conversation = closed(thread())

    mail = deliver(reply("One more thing."))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, conversation.customer)


@pytest.mark.parametrize("evidence", ["tokens", "references", "sender"])
def test_evidence_that_points_at_two_customers_makes_it_nobodys(evidence: str) -> None:
    first, second = closed(thread()), closed(thread())
    ids = [c.lead.messages.get(step=0).message_id for c in (first, second)]
    raw = {
        "tokens": reply("Hm.", to=f"{address_of(first)}, {address_of(second)}", sender=STRANGER),
        "references": reply("Hm.", sender=STRANGER, References=" ".join(ids)),
        "sender": reply("Hm."),
    }[evidence]

    mail = deliver(raw)

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)
    assert OutboxMail.objects.count() == 0


def test_a_company_domain_is_no_evidence() -> None:
    thread()

    mail = deliver(reply("Hm.", sender="tim@clinic.com"))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)


def test_a_report_shows_nobody_what_its_sender_claims() -> None:
    closed(thread())

    mail = deliver(delivery_report(message_id="<somebody@else.com>"))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)


def test_a_copy_of_our_own_answer_is_nobodys_reply() -> None:
    conversation = thread()
    Answer.objects.create(
        customer=conversation.customer,
        conversation=conversation,
        mode=MessageMode.LIVE,
        status=AnswerStatus.SENT,
        subject="Re: x",
        body="x",
        written_by=BY,
        form_key="k",
        message_id="<answer.1@hossagent.test>",
        created_at=NOON,
    )

    mail = deliver(reply("x", to=address_of(conversation), message_id="<answer.1@hossagent.test>"))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)
    assert Lead.objects.get().status == LeadStatus.CONTACTED


def test_simulated_mail_that_fits_nothing_is_shown_to_no_customer() -> None:
    conversation = thread()

    mail = deliver(
        reply("Hm.", to=address_of(conversation)), source=InboundSource.SANDBOX, is_simulated=True
    )

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)


# --- Placing it -----------------------------------------------------------------------


def place(mail: InboundMessage, conversation: Conversation) -> bool:
    return assign_to_conversation(inbound=mail, conversation=conversation, by=BY, now=NEXT_DAY)


def test_a_placed_mail_has_all_its_consequences_and_an_audit_row() -> None:
    conversation = closed(thread())
    mail = deliver(reply("Sounds great, call me."))

    assert place(mail, conversation)
    assert process_next(now=NEXT_DAY)

    mail.refresh_from_db()
    assert (mail.status, mail.conversation, mail.label) == (
        InboundStatus.PROCESSED,
        conversation,
        ReplyLabel.INTERESTED,
    )
    event = AuditEvent.objects.get(action="inbound.assigned")
    assert (event.actor, event.customer_id) == (BY, conversation.customer_id)


def test_a_customers_mail_is_never_placed_with_another() -> None:
    closed(thread())
    mail = deliver(reply("Sounds great, call me."))
    other = thread(email="tim@other.com", customer=CustomerFactory.create())

    with pytest.raises(ForeignMail):
        place(mail, other)

    mail.refresh_from_db()
    assert (mail.status, mail.conversation) == (InboundStatus.UNMATCHED, None)


def test_simulated_mail_is_never_placed_with_a_real_lead() -> None:
    conversation = thread()
    mail = deliver(
        reply("Call me.", to=address_of(conversation)),
        source=InboundSource.SANDBOX,
        is_simulated=True,
    )

    with pytest.raises(ForeignMail):
        place(mail, conversation)


def test_a_mail_put_aside_is_kept_and_asks_nobody_any_more() -> None:
    mail = deliver(reply("Buy our ink.", sender="ink@shop.com"))

    assert set_aside(inbound=mail, by=BY, now=NEXT_DAY)
    assert not set_aside(inbound=mail, by=BY, now=NEXT_DAY)
    assert not process_next(now=NEXT_DAY)

    mail.refresh_from_db()
    assert (mail.status, bytes(mail.raw)[:4]) == (InboundStatus.PROCESSED, b"From")
    assert AuditEvent.objects.filter(action="inbound.set_aside").count() == 1


def test_a_mail_put_aside_is_not_placed_any_more() -> None:
    conversation = closed(thread())
    mail = deliver(reply("Hm."))
    set_aside(inbound=mail, by=BY, now=NEXT_DAY)

    assert not place(mail, conversation)


# --- In the console -------------------------------------------------------------------


def test_the_operator_sees_who_may_be_meant_and_places_the_mail(operator_client: Any) -> None:
    first, second = thread(), thread()
    mail = deliver(reply("Sounds great, call me."))
    page = operator_client.get(f"/admin/agents/inboundmessage/{mail.pk}/change/").text
    assert f'value="{first.pk}"' in page
    assert f'value="{second.pk}"' in page

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"conversation": str(second.pk)}, follow=True
    ).text

    assert "Placed:" in said
    assert "Where does it belong?" not in said
    mail.refresh_from_db()
    assert (mail.status, mail.conversation) == (InboundStatus.PENDING, second)


def test_the_operator_is_offered_only_the_owners_conversations(operator_client: Any) -> None:
    own = closed(thread())
    foreign = LeadFactory.create(email="grace@clinic.com", company="Foreign Clinic")
    mail = deliver(reply("Hm."))
    Conversation.objects.create(lead=foreign, customer=foreign.customer, created_at=NOON)

    page = operator_client.get(f"/admin/agents/inboundmessage/{mail.pk}/change/").text

    assert own.lead.company in page
    assert "Foreign Clinic" not in page


@pytest.mark.parametrize("typed", ["", "abc", "999999", "9" * 40])
def test_a_number_that_names_nothing_is_said(operator_client: Any, typed: str) -> None:
    mail = deliver(reply("Hm.", sender=STRANGER))

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"number": typed}, follow=True
    ).text

    assert "Choose a conversation, or type the number of one that exists." in said
    assert "No conversation has this sender or its company." in said


def test_a_typed_number_across_customers_is_refused_with_a_sentence(operator_client: Any) -> None:
    closed(thread())
    mail = deliver(reply("Hm."))
    foreign = thread(email="tim@other.com")

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"number": str(foreign.pk)}, follow=True
    ).text

    assert "This mail belongs to another customer." in said


def test_the_operator_puts_a_mail_aside_once(operator_client: Any) -> None:
    mail = deliver(reply("Buy our ink.", sender="ink@shop.com"))
    path = f"/admin/received/{mail.pk}/place/"

    assert "Put aside." in operator_client.post(path, {"aside": "1"}, follow=True).text
    assert "already" in operator_client.post(path, {"aside": "1"}, follow=True).text
