"""Which conversation a mail belongs to, and whose it is when it belongs to none."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import OutboxMail
from agents.models import Answer, Conversation, Lead
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
from tests.conftest import NOON
from tests.helpers.answers import BY
from tests.helpers.inbox import address_of, deliver, open_messages, thread
from tests.helpers.mailbag import delivery_report, reply

pytestmark = pytest.mark.django_db

STRANGER = "gh@private.com"


def closed(conversation: Conversation) -> Conversation:
    Conversation.objects.filter(pk=conversation.pk).move(
        source=ConversationStatus.OPEN, target=ConversationStatus.CLOSED
    )
    return conversation


def two_threads(customer: Any = None) -> tuple[Conversation, Conversation]:
    first = thread(**({"customer": customer} if customer else {}))
    return first, thread(email="tim@other.com", customer=first.customer)


# --- A conversation -------------------------------------------------------------------


def test_token_in_the_address_matches() -> None:
    """Mail systems may have changed its case."""
    conversation = thread()

    stored = deliver(
        reply(
            "Sounds interesting, call me.",
            to=address_of(conversation).upper(),
            sender="pa@else.com",
        )
    )

    assert (stored.conversation, stored.matched_by) == (conversation, "token")
    assert stored.customer == conversation.customer


def test_reference_to_our_message_id_matches() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(reply("No thanks.", sender="x@else.com", in_reply_to=opener.message_id))

    assert (stored.conversation, stored.message, stored.matched_by) == (
        conversation,
        opener,
        "reference",
    )


def test_sender_with_one_open_conversation_matches() -> None:
    conversation = thread()

    stored = deliver(reply("No thanks."))

    assert (stored.conversation, stored.matched_by) == (conversation, "sender")


def test_sender_whom_two_customers_wrote_to_is_unmatched() -> None:
    thread()
    thread()

    stored = deliver(reply("Happy to talk, call me."))

    assert (stored.status, stored.customer, stored.conversation) == (
        InboundStatus.UNMATCHED,
        None,
        None,
    )
    assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.CONTACTED}


def test_tampered_token_is_unmatched() -> None:
    conversation = thread()
    address = f"reply+{'0' * 32}@inbound.hossagent.test"

    stored = deliver(reply("Happy to talk.", to=address, sender="x@else.com"))

    assert stored.status == InboundStatus.UNMATCHED
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert conversation.inbound.count() == 0


def test_tokens_of_two_threads_are_unmatched() -> None:
    first, second = thread(), thread(email="tim@other.com")

    stored = deliver(
        reply(
            "Happy to talk.", to=f"{address_of(first)}, {address_of(second)}", sender="x@else.com"
        )
    )

    assert stored.status == InboundStatus.UNMATCHED


def test_simulated_mail_never_reaches_a_real_lead() -> None:
    conversation = thread()

    stored = deliver(
        reply("Sounds great, call me.", to=address_of(conversation)),
        source=InboundSource.SANDBOX,
        is_simulated=True,
    )

    assert stored.status == InboundStatus.UNMATCHED
    assert Lead.objects.get().status == LeadStatus.CONTACTED


def test_report_that_names_no_mail_of_ours_is_unmatched() -> None:
    conversation = thread()

    stored = deliver(delivery_report(message_id="<forged@else.com>"))

    assert (stored.status, stored.label) == (InboundStatus.UNMATCHED, ReplyLabel.BOUNCE)
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]


def test_copy_of_our_own_answer_is_nobodys_reply() -> None:
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


# --- An owner -------------------------------------------------------------------------


def test_two_tokens_of_one_customer_name_the_owner() -> None:
    first, second = two_threads()

    mail = deliver(
        reply("Hm, which?", to=f"{address_of(first)}, {address_of(second)}", sender=STRANGER)
    )

    assert (mail.status, mail.customer, mail.conversation) == (
        InboundStatus.UNMATCHED,
        first.customer,
        None,
    )
    notice = OutboxMail.objects.get(kind="agents/reply_unplaced")
    assert (notice.to, notice.dedupe_key) == (first.customer.email, f"unplaced:{mail.pk}")


def test_references_to_one_customers_threads_name_the_owner() -> None:
    first, second = two_threads()
    ids = [c.lead.messages.get(step=0).message_id for c in (first, second)]

    mail = deliver(reply("Hm.", sender=STRANGER, in_reply_to=ids[0], References=" ".join(ids)))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, first.customer)


def test_sender_of_a_closed_conversation_names_the_owner() -> None:
    conversation = closed(thread())

    mail = deliver(reply("One more thing."))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, conversation.customer)


@pytest.mark.parametrize("evidence", ["tokens", "references", "sender"])
def test_evidence_for_two_customers_names_no_owner(evidence: str) -> None:
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


def test_company_domain_is_no_evidence() -> None:
    thread()

    mail = deliver(reply("Hm.", sender="tim@clinic.com"))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)


def test_report_names_no_owner_by_its_sender() -> None:
    closed(thread())

    mail = deliver(delivery_report(message_id="<somebody@else.com>"))

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)


def test_simulated_mail_without_a_match_has_no_owner() -> None:
    conversation = thread()

    mail = deliver(
        reply("Hm.", to=address_of(conversation)), source=InboundSource.SANDBOX, is_simulated=True
    )

    assert (mail.status, mail.customer) == (InboundStatus.UNMATCHED, None)
