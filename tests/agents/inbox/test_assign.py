"""A person matches a mail to a conversation, or sets it aside; in the console too."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEvent
from agents.inbox.services.assign import ForeignMail, assign_to_conversation, set_aside
from agents.inbox.services.process import process_next
from agents.models import Conversation, InboundMessage, Lead
from agents.states import (
    ConversationStatus,
    InboundSource,
    InboundStatus,
    LeadStatus,
    ReplyLabel,
)
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db

BY = "hoss@hossagent.test"
STRANGER = "gh@private.com"


def closed(conversation: Conversation) -> Conversation:
    Conversation.objects.filter(pk=conversation.pk).move(
        source=ConversationStatus.OPEN, target=ConversationStatus.CLOSED
    )
    return conversation


def assign(mail: InboundMessage, conversation: Conversation) -> bool:
    return assign_to_conversation(inbound=mail, conversation=conversation, by=BY, now=NEXT_DAY)


def test_assigned_mail_is_read_again() -> None:
    conversation = thread()
    stored = deliver(reply("Sounds great, let us talk.", sender="gh@private.com"))

    assert assign_to_conversation(
        inbound=stored, conversation=conversation, by="hoss@hossagent.test", now=NEXT_DAY
    )
    assert process_next(now=NEXT_DAY)

    stored.refresh_from_db()
    assert (stored.status, stored.matched_by) == (InboundStatus.PROCESSED, "person")
    assert Lead.objects.get().status == LeadStatus.QUALIFIED
    assert not assign_to_conversation(
        inbound=stored, conversation=conversation, by="hoss@hossagent.test", now=NEXT_DAY
    )


def test_assigned_mail_is_handled_and_audited() -> None:
    conversation = closed(thread())
    mail = deliver(reply("Sounds great, call me."))

    assert assign(mail, conversation)
    assert process_next(now=NEXT_DAY)

    mail.refresh_from_db()
    assert (mail.status, mail.conversation, mail.label) == (
        InboundStatus.PROCESSED,
        conversation,
        ReplyLabel.INTERESTED,
    )
    event = AuditEvent.objects.get(action="inbound.assigned")
    assert (event.actor, event.customer_id) == (BY, conversation.customer_id)


def test_customers_mail_is_never_assigned_to_another() -> None:
    closed(thread())
    mail = deliver(reply("Sounds great, call me."))
    other = thread(email="tim@other.com", customer=CustomerFactory.create())

    with pytest.raises(ForeignMail):
        assign(mail, other)

    mail.refresh_from_db()
    assert (mail.status, mail.conversation) == (InboundStatus.UNMATCHED, None)


def test_simulated_mail_is_never_assigned_to_a_real_lead() -> None:
    conversation = thread()
    mail = deliver(
        reply("Call me.", to=address_of(conversation)),
        source=InboundSource.SANDBOX,
        is_simulated=True,
    )

    with pytest.raises(ForeignMail):
        assign(mail, conversation)


def test_mail_set_aside_is_kept_and_waits_for_nobody() -> None:
    mail = deliver(reply("Buy our ink.", sender="ink@shop.com"))

    assert set_aside(inbound=mail, by=BY, now=NEXT_DAY)
    assert not set_aside(inbound=mail, by=BY, now=NEXT_DAY)
    assert not process_next(now=NEXT_DAY)

    mail.refresh_from_db()
    assert (mail.status, bytes(mail.raw)[:4]) == (InboundStatus.PROCESSED, b"From")
    assert AuditEvent.objects.filter(action="inbound.set_aside").count() == 1


def test_mail_set_aside_cannot_be_assigned() -> None:
    conversation = closed(thread())
    mail = deliver(reply("Hm."))
    set_aside(inbound=mail, by=BY, now=NEXT_DAY)

    assert not assign(mail, conversation)


# --- In the console -------------------------------------------------------------------


def test_operator_sees_the_candidates_and_assigns(operator_client: Any) -> None:
    first, second = thread(), thread()
    mail = deliver(reply("Sounds great, call me."))
    page = operator_client.get(f"/admin/agents/inboundmessage/{mail.pk}/change/").text
    assert f'value="{first.pk}"' in page
    assert f'value="{second.pk}"' in page

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"conversation": str(second.pk)}, follow=True
    ).text

    assert "Assigned:" in said
    assert "Assign this email" not in said
    mail.refresh_from_db()
    assert (mail.status, mail.conversation) == (InboundStatus.PENDING, second)


def test_operator_is_offered_only_the_owners_threads(operator_client: Any) -> None:
    own = closed(thread())
    foreign = LeadFactory.create(email="grace@clinic.com", company="Foreign Clinic")
    mail = deliver(reply("Hm."))
    Conversation.objects.create(lead=foreign, customer=foreign.customer, created_at=NOON)

    page = operator_client.get(f"/admin/agents/inboundmessage/{mail.pk}/change/").text

    assert own.lead.company in page
    assert "Foreign Clinic" not in page


@pytest.mark.parametrize("typed", ["", "abc", "999999", "9" * 40])
def test_operators_number_that_names_nothing_is_said(operator_client: Any, typed: str) -> None:
    mail = deliver(reply("Hm.", sender=STRANGER))

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"number": typed}, follow=True
    ).text

    assert "Choose a conversation, or enter the number of an existing one." in said
    assert "There is no conversation with this sender or company." in said


def test_operators_number_of_another_customer_is_refused(operator_client: Any) -> None:
    closed(thread())
    mail = deliver(reply("Hm."))
    foreign = thread(email="tim@other.com")

    said = operator_client.post(
        f"/admin/received/{mail.pk}/place/", {"number": str(foreign.pk)}, follow=True
    ).text

    assert "This email belongs to another customer." in said


def test_operator_sets_a_mail_aside_once(operator_client: Any) -> None:
    mail = deliver(reply("Buy our ink.", sender="ink@shop.com"))
    path = f"/admin/received/{mail.pk}/place/"

    assert "Set aside." in operator_client.post(path, {"aside": "1"}, follow=True).text
    assert "already" in operator_client.post(path, {"aside": "1"}, follow=True).text
