"""Received mail: stored once, matched to one customer, acted on in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import OutboxMail
from agents.inbox.classify import CLASSIFIER_VERSION
from agents.inbox.services.assign import assign_to_conversation
from agents.inbox.services.process import process_next
from agents.inbox.services.store import TooLarge, receive
from agents.models import (
    Breaker,
    Conversation,
    DeliveryEvent,
    InboundMessage,
    Lead,
    Message,
    Suppression,
    Task,
)
from agents.states import (
    ConversationStatus,
    InboundSource,
    InboundStatus,
    LeadStatus,
    MessageMode,
    MessageStatus,
    ReplyLabel,
)
from agents.suppression.selectors import is_suppressed
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
)
from tests.helpers.mailbag import delivery_report, reply

pytestmark = pytest.mark.django_db

NEXT_DAY = NOON + timedelta(days=1)


def thread(**lead: Any) -> Conversation:
    """A contacted lead with a sent opener and a follow-up that waits."""
    contacted = LeadFactory.create(
        email=lead.pop("email", "grace@clinic.com"),
        status=LeadStatus.CONTACTED,
        last_contacted_at=NOON,
        **lead,
    )
    conversation = ConversationFactory.create(lead=contacted)
    MessageFactory.create(
        lead=contacted,
        mode=MessageMode.LIVE,
        status=MessageStatus.SENT,
        message_id=f"<opener.{contacted.pk}@hossagent.test>",
        sending_at=NOON,
        finished_at=NOON,
        due_at=None,
    )
    MessageFactory.create(
        lead=contacted, mode=MessageMode.LIVE, step=1, status=MessageStatus.QUEUED
    )
    return conversation


def address_of(conversation: Conversation) -> str:
    return f"reply+{conversation.token}@inbound.hossagent.test"


def deliver(raw: bytes, *, now: Any = NEXT_DAY, **options: Any) -> InboundMessage:
    options = {"source": InboundSource.IMAP, "external_id": "1:1", **options}
    stored = receive(raw=raw, now=now, **options)
    assert process_next(now=now)
    stored.refresh_from_db()
    return stored


def open_messages(lead: Lead) -> list[str]:
    return list(lead.messages.order_by("step").values_list("status", flat=True))


# --- Stored once ----------------------------------------------------------------------


def test_a_mail_is_stored_as_it_came_and_is_pending() -> None:
    raw = b"\xff\x00 not even a mail"

    mail = receive(raw=raw, source=InboundSource.IMAP, external_id="1:7", now=NOON)

    mail.refresh_from_db()
    assert (bytes(mail.raw), mail.status, mail.due_at) == (raw, InboundStatus.PENDING, NOON)


@pytest.mark.parametrize(
    ("raw", "external_id"),
    [
        (b"Subject: one\r\n\r\nA", "1:1"),
        (b"Subject: two\r\n\r\nB", "1:1"),
        (b"Subject: one\r\n\r\nA", "1:2"),
    ],
    ids=["again", "same id", "same bytes"],
)
def test_a_second_delivery_is_the_same_mail(raw: bytes, external_id: str) -> None:
    first = receive(
        raw=b"Subject: one\r\n\r\nA", source=InboundSource.IMAP, external_id="1:1", now=NOON
    )

    second = receive(raw=raw, source=InboundSource.IMAP, external_id=external_id, now=NOON)

    assert second.pk == first.pk
    assert InboundMessage.objects.count() == 1


def test_a_mail_of_thirty_megabytes_is_refused() -> None:
    with pytest.raises(TooLarge):
        receive(raw=b"x" * 30_000_001, source=InboundSource.IMAP, external_id="1:1", now=NOON)


def test_only_the_sandbox_world_writes_simulated_mail() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMessageFactory.create(source=InboundSource.IMAP, is_simulated=True)


def test_a_mail_that_cannot_be_read_stays_pending_with_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = receive(raw=b"\r\n", source=InboundSource.IMAP, external_id="1", now=NOON)

    def broken(*args: object, **options: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("agents.inbox.services.process.classify", broken)
    waits = []
    now = NOON
    for _ in range(3):
        with pytest.raises(ValueError, match="no such thing"):
            process_next(now=now)
        stored.refresh_from_db()
        assert stored.due_at is not None
        waits.append(stored.due_at - now)
        now = stored.due_at

    assert stored.status == InboundStatus.PENDING
    assert stored.error == "ValueError: no such thing"
    assert waits == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=16)]
    assert not process_next(now=NOON)


# --- Matched --------------------------------------------------------------------------


def test_the_token_in_the_address_finds_the_conversation_whatever_its_case() -> None:
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


def test_an_answer_to_our_message_id_finds_the_conversation() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(reply("No thanks.", sender="x@else.com", in_reply_to=opener.message_id))

    assert (stored.conversation, stored.message, stored.matched_by) == (
        conversation,
        opener,
        "reference",
    )


def test_the_sender_finds_its_one_open_conversation() -> None:
    conversation = thread()

    stored = deliver(reply("No thanks."))

    assert (stored.conversation, stored.matched_by) == (conversation, "sender")


def test_a_sender_whom_two_customers_wrote_to_is_for_a_person() -> None:
    thread()
    thread()

    stored = deliver(reply("Happy to talk, call me."))

    assert (stored.status, stored.customer, stored.conversation) == (
        InboundStatus.UNMATCHED,
        None,
        None,
    )
    assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.CONTACTED}


def test_a_tampered_token_is_for_a_person() -> None:
    conversation = thread()
    address = f"reply+{'0' * 32}@inbound.hossagent.test"

    stored = deliver(reply("Happy to talk.", to=address, sender="x@else.com"))

    assert stored.status == InboundStatus.UNMATCHED
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert conversation.inbound.count() == 0


def test_tokens_of_two_threads_in_one_mail_are_for_a_person() -> None:
    first, second = thread(), thread(email="tim@other.com")

    stored = deliver(
        reply(
            "Happy to talk.", to=f"{address_of(first)}, {address_of(second)}", sender="x@else.com"
        )
    )

    assert stored.status == InboundStatus.UNMATCHED


def test_a_simulated_mail_never_reaches_a_real_lead() -> None:
    conversation = thread()

    stored = deliver(
        reply("Sounds great, call me.", to=address_of(conversation)),
        source=InboundSource.SANDBOX,
        is_simulated=True,
    )

    assert stored.status == InboundStatus.UNMATCHED
    assert Lead.objects.get().status == LeadStatus.CONTACTED


def test_a_person_gives_an_unmatched_mail_to_a_conversation_and_it_is_read_again() -> None:
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


# --- Acted on -------------------------------------------------------------------------


def test_an_interested_reply_qualifies_the_lead_and_everything_that_follows() -> None:
    conversation = thread()
    customer = conversation.customer
    type(customer).objects.update(next_run_at=NOON + timedelta(days=9))

    stored = deliver(
        reply("Sounds interesting, could we talk on Tuesday?", to=address_of(conversation))
    )

    lead = Lead.objects.get()
    assert (lead.status, lead.qualified_at, lead.replied_at) == (
        LeadStatus.QUALIFIED,
        NEXT_DAY,
        NEXT_DAY,
    )
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    conversation.refresh_from_db()
    assert (conversation.label, conversation.is_awaiting_answer) == (ReplyLabel.INTERESTED, True)
    task = Task.objects.get(kind="reply_draft")
    assert (task.lead, task.dedupe_key) == (lead, f"inbound:{stored.pk}")
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.customer_id) == (customer.email, customer.pk)
    assert mail.subject == f"Grace Hopper at {lead.company} is interested"
    assert f"/portal/conversations/{conversation.pk}/" in mail.text
    customer.refresh_from_db()
    assert customer.next_run_at == NEXT_DAY


@pytest.mark.parametrize(
    ("text", "label", "status", "is_awaiting", "told"),
    [
        ("How much does it cost?", ReplyLabel.QUESTION, LeadStatus.REPLIED, True, 1),
        ("My colleague handles this.", ReplyLabel.REFERRAL, LeadStatus.REPLIED, True, 1),
        ("Hm.", ReplyLabel.UNCLEAR, LeadStatus.REPLIED, True, 1),
        ("No thanks, we are all set.", ReplyLabel.NOT_INTERESTED, LeadStatus.CLOSED, False, 0),
        ("Not now, try me in June.", ReplyLabel.NOT_NOW, LeadStatus.REPLIED, False, 0),
    ],
)
def test_every_human_reply_stops_the_sequence(
    text: str, label: str, status: str, *, is_awaiting: bool, told: int
) -> None:
    conversation = thread()

    deliver(reply(text, to=address_of(conversation)))

    conversation.refresh_from_db()
    lead = Lead.objects.get()
    assert (conversation.label, lead.status) == (label, status)
    assert conversation.is_awaiting_answer is is_awaiting
    assert conversation.last_reply_at == NEXT_DAY
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert lead.next_action_at is None
    assert OutboxMail.objects.count() == told


@pytest.mark.parametrize(
    "status",
    [
        MessageStatus.PLANNED,
        MessageStatus.AWAITING_APPROVAL,
        MessageStatus.QUEUED,
        MessageStatus.CLAIMED,
    ],
)
def test_a_reply_cancels_whatever_has_not_passed_the_point_of_no_return(status: str) -> None:
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(lead=conversation.lead, mode=MessageMode.LIVE, step=1, status=status)

    deliver(reply("Hm.", to=address_of(conversation)))

    canceled = Message.objects.get(step=1)
    assert (canceled.status, canceled.held_code, canceled.due_at) == (
        MessageStatus.CANCELED,
        "replied",
        None,
    )


def test_a_mail_past_the_point_of_no_return_is_not_touched() -> None:
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(
        lead=conversation.lead,
        mode=MessageMode.LIVE,
        step=1,
        status=MessageStatus.SENDING,
        message_id="<m2@hossagent.test>",
        sending_at=NOON,
    )

    deliver(reply("Hm.", to=address_of(conversation)))

    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.SENDING]


def test_an_answer_settles_a_send_whose_outcome_was_unknown() -> None:
    conversation = thread()
    Message.objects.filter(step=1).delete()
    MessageFactory.create(
        lead=conversation.lead,
        mode=MessageMode.LIVE,
        step=1,
        status=MessageStatus.UNKNOWN,
        message_id="<m2@hossagent.test>",
        sending_at=NOON,
        due_at=None,
    )

    deliver(reply("Hm.", to=address_of(conversation), in_reply_to="<m2@hossagent.test>"))

    assert Message.objects.get(step=1).status == MessageStatus.SENT


def test_an_absence_pauses_the_sequence_and_takes_it_up_after_the_date() -> None:
    conversation = thread()

    deliver(
        reply(
            "I am out of the office until March 12 with limited access to email.",
            to=address_of(conversation),
            subject="Automatic reply: A quieter front desk",
            Auto_Submitted="auto-replied",
        )
    )

    lead = Lead.objects.get()
    assert (lead.status, lead.replied_at) == (LeadStatus.CONTACTED, None)
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    # Nine in the morning of the 13th in New York, after the change to summer time.
    assert lead.next_action_at is not None
    assert lead.next_action_at.isoformat() == "2026-03-13T13:00:00+00:00"
    conversation.refresh_from_db()
    assert (conversation.label, conversation.last_reply_at) == (ReplyLabel.OUT_OF_OFFICE, None)
    assert OutboxMail.objects.count() == 0


def test_an_absence_without_a_date_pauses_for_a_week() -> None:
    conversation = thread()

    deliver(
        reply("I am out of the office.", to=address_of(conversation), Auto_Submitted="auto-replied")
    )

    due = Lead.objects.get().next_action_at
    assert due is not None
    assert due.date() == (NEXT_DAY + timedelta(days=7)).date()


def test_a_receipt_changes_nothing() -> None:
    conversation = thread()

    stored = deliver(
        reply(
            "We have received your message. Ticket 4711.",
            to=address_of(conversation),
            Auto_Submitted="auto-replied",
        )
    )

    assert stored.label == ReplyLabel.AUTO_REPLY
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]
    assert Lead.objects.get().status == LeadStatus.CONTACTED


def test_not_now_reminds_a_person_on_the_day_and_writes_nobody() -> None:
    conversation = thread()
    deliver(reply("Not right now, please try again in June.", to=address_of(conversation)))
    conversation.refresh_from_db()
    at = conversation.resume_at

    assert at is not None
    assert at.isoformat() == "2026-06-01T13:00:00+00:00"
    assert not process_next(now=at - timedelta(seconds=1))
    assert process_next(now=at)
    conversation.refresh_from_db()
    assert (conversation.is_awaiting_answer, conversation.resume_at) == (True, None)
    assert OutboxMail.objects.get().kind == "agents/reply_reminder"
    assert not process_next(now=at)


def test_a_reply_opens_a_closed_conversation_again() -> None:
    conversation = thread()
    Conversation.objects.update(status=ConversationStatus.CLOSED)

    deliver(reply("Sounds good, let us talk.", to=address_of(conversation)))

    conversation.refresh_from_db()
    assert conversation.status == ConversationStatus.OPEN


def test_an_older_mail_read_late_does_not_speak_for_the_thread() -> None:
    conversation = thread()
    deliver(reply("Sounds good, let us talk.", to=address_of(conversation)), now=NEXT_DAY)

    late = InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("No thanks.", to=address_of(conversation)),
        received_at=NOON,
        due_at=NOON,
    )
    assert process_next(now=NEXT_DAY)

    late.refresh_from_db()
    conversation.refresh_from_db()
    assert late.label == ReplyLabel.NOT_INTERESTED
    assert (conversation.label, conversation.last_reply_at) == (ReplyLabel.INTERESTED, NEXT_DAY)
    assert conversation.is_awaiting_answer
    assert Lead.objects.get().replied_at == NEXT_DAY


# --- Reports --------------------------------------------------------------------------


def test_a_report_that_names_no_mail_of_ours_does_nothing() -> None:
    conversation = thread()

    stored = deliver(delivery_report(message_id="<forged@else.com>"))

    assert (stored.status, stored.label) == (InboundStatus.UNMATCHED, ReplyLabel.BOUNCE)
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]


def test_a_delay_changes_nothing() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(
        delivery_report(message_id=opener.message_id, action="delayed", status="4.4.1")
    )

    assert (stored.label, stored.status_code, stored.message) == (
        ReplyLabel.DELAY,
        "4.4.1",
        opener,
    )
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]


def test_a_refusal_on_reputation_says_nothing_about_the_address() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    deliver(delivery_report(message_id=opener.message_id, status="5.7.26"))

    lead = Lead.objects.get()
    assert lead.status == LeadStatus.EMAIL_FAILED
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert not is_suppressed(customer=lead.customer, email=lead.email)
    assert Breaker.objects.get().code == "reputation"


# --- Read again -----------------------------------------------------------------------


def test_a_newer_classifier_reads_history_and_acts_on_a_changed_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation = thread()
    stored = deliver(reply("Sounds good, let us talk.", to=address_of(conversation)))
    InboundMessage.objects.update(label=ReplyLabel.UNCLEAR, classifier_version=0)
    same = InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("Hm."),
        status=InboundStatus.UNMATCHED,
        due_at=None,
        label=ReplyLabel.UNCLEAR,
    )

    steps = 0
    while process_next(now=NEXT_DAY):
        steps += 1

    stored.refresh_from_db()
    same.refresh_from_db()
    assert steps == 3
    assert (stored.status, stored.label, stored.classifier_version) == (
        InboundStatus.PROCESSED,
        ReplyLabel.INTERESTED,
        CLASSIFIER_VERSION,
    )
    assert (same.status, same.classifier_version) == (
        InboundStatus.UNMATCHED,
        CLASSIFIER_VERSION,
    )
    assert Task.objects.count() == 1
    assert OutboxMail.objects.count() == 1


def test_reading_a_mail_costs_the_same_in_a_full_database(
    django_assert_max_num_queries: Any,
) -> None:
    conversation = thread()
    LeadFactory.create_batch(5, customer=CustomerFactory.create())
    receive(
        raw=reply("No thanks.", to=address_of(conversation)),
        source=InboundSource.IMAP,
        external_id="1",
        now=NOON,
    )

    with django_assert_max_num_queries(35):
        process_next(now=NOON)


# --- Silence --------------------------------------------------------------------------


def test_an_opt_out_counts_for_everybody_at_once() -> None:
    conversation = thread()
    other = LeadFactory.create(email="grace@clinic.com")
    MessageFactory.create(lead=other, status=MessageStatus.QUEUED)

    deliver(reply("Please remove me from your list.", to=address_of(conversation)))

    assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.UNSUBSCRIBED}
    assert open_messages(other) == [MessageStatus.CANCELED]
    assert is_suppressed(customer=CustomerFactory.create(), email="Grace@Clinic.com")
    conversation.refresh_from_db()
    assert (conversation.status, conversation.label) == (
        ConversationStatus.CLOSED,
        ReplyLabel.OPT_OUT,
    )
    assert OutboxMail.objects.count() == 0


def test_an_opt_out_from_another_address_silences_both() -> None:
    conversation = thread()

    deliver(reply("unsubscribe", to=address_of(conversation), sender="boss@clinic.com"))

    customer = CustomerFactory.create()
    assert is_suppressed(customer=customer, email="grace@clinic.com")
    assert is_suppressed(customer=customer, email="boss@clinic.com")
    assert not is_suppressed(customer=customer, email="tim@clinic.com")


def test_an_opt_out_that_matches_no_thread_counts_all_the_same() -> None:
    stored = deliver(reply("Stop emailing me", sender="stranger@else.com"))

    assert stored.status == InboundStatus.UNMATCHED
    assert is_suppressed(customer=CustomerFactory.create(), email="stranger@else.com")


def test_our_own_footer_in_the_quote_is_not_an_opt_out() -> None:
    conversation = thread()

    stored = deliver(reply("Sounds good, call me on Tuesday.", to=address_of(conversation)))

    assert stored.label == ReplyLabel.INTERESTED
    assert not is_suppressed(customer=CustomerFactory.create(), email="grace@clinic.com")


def test_a_hard_bounce_silences_the_address_and_not_the_person() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(delivery_report(message_id=opener.message_id))

    lead = Lead.objects.get()
    assert (stored.label, stored.matched_by, stored.status_code) == (
        ReplyLabel.BOUNCE,
        "reference",
        "5.1.1",
    )
    assert lead.status == LeadStatus.BOUNCED
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert is_suppressed(customer=lead.customer, email="grace@clinic.com")
    assert not is_suppressed(customer=lead.customer, email="grace.hopper@clinic.com")
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.message, event.detail) == (
        "bounced",
        opener,
        "5.1.1 smtp; 550 5.1.1 no",
    )
    opener.refresh_from_db()
    assert opener.delivery == "bounced"


def test_a_bounce_never_suppresses_the_address_that_the_report_names() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    deliver(delivery_report(message_id=opener.message_id, recipient="victim@else.com"))

    assert not is_suppressed(customer=conversation.customer, email="victim@else.com")
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")


def test_a_spam_complaint_ends_it_for_everybody() -> None:
    conversation = thread()

    deliver(reply("I have reported this as spam.", to=address_of(conversation)))

    assert Lead.objects.get().status == LeadStatus.UNSUBSCRIBED
    assert Suppression.objects.get().reason == "complaint"


def test_five_soft_bounces_of_one_address_count_as_a_bounce() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)
    statuses = []
    for number in range(5):
        report = delivery_report(message_id=opener.message_id, status=f"4.4.{number}")
        deliver(report, external_id=f"1:{number}")
        statuses.append(Lead.objects.get().status)

    assert statuses == [LeadStatus.CONTACTED] * 4 + [LeadStatus.BOUNCED]
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")
