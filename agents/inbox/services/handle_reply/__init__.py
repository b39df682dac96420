"""What follows from each label, in the database and in the transaction that reads the mail.

Callers hold the customer's lock. Everything here may run a second time for the same mail
(a newer classifier looks again) and then changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agents.inbox.classify.out_of_office import DEFAULT_ABSENCE
from agents.inbox.services import notifications
from agents.inbox.services.suppress import suppress_address
from agents.leads.services.qualify import qualify_lead
from agents.models import Conversation, InboundMessage, Message
from agents.outreach.services.contacted import mark_contacted
from agents.outreach.services.delivery import DeliveryReport, record_event
from agents.states import (
    FOR_A_PERSON,
    HUMAN_REPLIES,
    ConversationStatus,
    DeliveryKind,
    LeadStatus,
    MessageMode,
    MessageStatus,
    ReplyLabel,
    SuppressionReason,
)
from agents.suppression.services.stop import morning_of, move_lead, pause_sequence, stop_sequence
from agents.work.services.tasks import create_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.inbox.classify import Classification, Mail

# So many temporary failures of one address, with nothing delivered, count as a bounce.
SOFT_BOUNCE_LIMIT = 5
DEFAULT_LATER = timedelta(days=90)
_REPUTATION = "5.7."
_DELIVERY_KINDS = {
    ReplyLabel.BOUNCE: DeliveryKind.BOUNCED,
    ReplyLabel.DELAY: DeliveryKind.DEFERRED,
    ReplyLabel.COMPLAINT: DeliveryKind.COMPLAINED,
}


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """One matched mail with everything its consequences need."""

    inbound: InboundMessage
    mail: Mail
    verdict: Classification
    conversation: Conversation
    message: Message | None
    before: str  # the label of an earlier reading; empty at the first
    now: datetime

    @property
    def is_newest(self) -> bool:
        """No later human reply has been read; only then it speaks for the thread."""
        last = self.conversation.last_reply_at
        return last is None or self.inbound.received_at >= last

    @property
    def is_first_reading(self) -> bool:
        """It was never taken for a person's reply before."""
        return self.before not in HUMAN_REPLIES

    @property
    def is_dealt_with(self) -> bool:
        """Somebody has answered or closed since an earlier reading, or put it away."""
        if self.is_first_reading or self.conversation.is_awaiting_answer:
            return False
        if self.before in FOR_A_PERSON:
            return True
        # Nobody was asked to look at it then, so only what they did of their own counts.
        return (
            self.conversation.status == ConversationStatus.CLOSED
            or self.conversation.answers.filter(created_at__gte=self.inbound.received_at).exists()
        )


def handle_reply(arrival: ReplyContext) -> None:
    """Everything that follows from this mail's label."""
    _settle_unknown(arrival)
    _report_delivery(arrival)
    _CONSEQUENCES[arrival.verdict.label](arrival)


def _settle_unknown(arrival: ReplyContext) -> None:
    """Whoever answers, returns or reports a mail proves that it was accepted."""
    message = arrival.message
    if message is not None and Message.objects.filter(pk=message.pk).move(
        source=MessageStatus.UNKNOWN, target=MessageStatus.SENT, finished_at=arrival.now
    ):
        mark_contacted(message, now=arrival.now)
        arrival.conversation.lead.refresh_from_db()


def _report_delivery(arrival: ReplyContext) -> None:
    """Tell the breakers and the ramp: a bounce after "250 OK" is seen only here."""
    message, report = arrival.message, arrival.verdict.report
    kind = _DELIVERY_KINDS.get(arrival.verdict.label)
    if message is None or kind is None or message.mode != MessageMode.LIVE:
        return
    delivery = DeliveryReport(
        source="inbound",
        external_id=str(arrival.inbound.pk),
        kind=kind,
        email=arrival.conversation.lead.email,
        at=arrival.inbound.received_at,
        detail=f"{report.status} {report.diagnostic}".strip() if report else "in a reply",
        status=report.status if report else "",
    )
    record_event(delivery, message=message, now=arrival.now)
    arrival.conversation.lead.refresh_from_db()


def _label_thread(arrival: ReplyContext, **fields: object) -> None:
    if arrival.is_newest:
        fields["label"] = arrival.verdict.label
    if fields:
        Conversation.objects.filter(pk=arrival.conversation.pk).update(**fields)
    arrival.conversation.refresh_from_db()


def _move_thread(arrival: ReplyContext, target: ConversationStatus) -> None:
    conversation = arrival.conversation
    if conversation.transitions.allows(conversation.status, target):
        Conversation.objects.filter(pk=conversation.pk).move(
            source=conversation.status, target=target
        )
        conversation.refresh_from_db()


# --- Reports --------------------------------------------------------------------------


def _bounced(arrival: ReplyContext) -> None:
    lead, status = arrival.conversation.lead, arrival.inbound.status_code
    stop_sequence(
        lead=lead, code="bounced", sentence=f"The address bounced ({status}).", now=arrival.now
    )
    if status.startswith(_REPUTATION):
        # The server refused us, not the address: nothing is known about the person.
        move_lead(lead, LeadStatus.EMAIL_FAILED)
    else:
        move_lead(lead, LeadStatus.BOUNCED)
        _suppress_address(arrival, lead.email, SuppressionReason.HARD_BOUNCE)
    _label_thread(arrival)


def _delayed(arrival: ReplyContext) -> None:
    lead = arrival.conversation.lead
    earlier = InboundMessage.objects.filter(
        label=ReplyLabel.DELAY, conversation__lead__email_key=lead.email_key
    ).exclude(pk=arrival.inbound.pk)
    if arrival.inbound.status_code.startswith("4.") and earlier.count() + 1 >= SOFT_BOUNCE_LIMIT:
        stop_sequence(
            lead=lead,
            code="soft_bounces",
            sentence=f"{SOFT_BOUNCE_LIMIT} emails to this address could not be delivered.",
            now=arrival.now,
        )
        move_lead(lead, LeadStatus.BOUNCED)
        _suppress_address(arrival, lead.email, SuppressionReason.SOFT_BOUNCES)


def _suppress_address(arrival: ReplyContext, address: str, reason: SuppressionReason) -> None:
    note = f"Received mail {arrival.inbound.pk}"
    suppress_address(address, reason=reason, note=note, now=arrival.now)


def _leave_alone(arrival: ReplyContext, reason: SuppressionReason) -> None:
    lead = arrival.conversation.lead
    stop_sequence(lead=lead, code="opt_out", sentence="They opted out.", now=arrival.now)
    for address in dict.fromkeys([lead.email, arrival.mail.from_address]):
        if arrival.verdict.report is None or address == lead.email:
            _suppress_address(arrival, address, reason)
    lead.refresh_from_db()
    move_lead(lead, LeadStatus.UNSUBSCRIBED)
    _label_thread(arrival, is_awaiting_answer=False, resume_at=None)
    _move_thread(arrival, ConversationStatus.CLOSED)


def _opted_out(arrival: ReplyContext) -> None:
    _leave_alone(arrival, SuppressionReason.OPT_OUT)


def _complained(arrival: ReplyContext) -> None:
    _leave_alone(arrival, SuppressionReason.COMPLAINT)


# --- Machines -------------------------------------------------------------------------


def _auto_replied(arrival: ReplyContext) -> None:
    """A receipt means nothing; "no longer works here" ends the sequence and is shown."""
    if not arrival.verdict.is_person_gone:
        return
    lead = arrival.conversation.lead
    stop_sequence(
        lead=lead, code="gone", sentence="The person no longer works there.", now=arrival.now
    )
    move_lead(lead, LeadStatus.CLOSED)
    _label_thread(arrival)


def _is_away(arrival: ReplyContext) -> None:
    lead, received = arrival.conversation.lead, arrival.inbound.received_at
    day = arrival.verdict.resume_on or (received + DEFAULT_ABSENCE).date()
    until = morning_of(day, lead=lead, received_at=received)
    sentence = f"Out of office. The next email waits until {day:%B} {day.day}."
    pause_sequence(lead=lead, until=until, sentence=sentence, now=arrival.now)
    if not arrival.conversation.last_reply_at:
        _label_thread(arrival)


# --- People ---------------------------------------------------------------------------


def _replied(arrival: ReplyContext, *, is_awaiting: bool, target: LeadStatus) -> None:
    """A person wrote: the sequence ends before the next claim.

    Reading the mail once more does not ask again for an answer that was given, and does
    not open what somebody has closed.
    """
    lead, received = arrival.conversation.lead, arrival.inbound.received_at
    stop_sequence(lead=lead, code="replied", sentence="They replied.", now=arrival.now)
    move_lead(lead, target, replied_at=max(lead.replied_at or received, received))
    fields: dict[str, object] = {}
    if arrival.is_newest:
        fields = {"is_awaiting_answer": is_awaiting, "last_reply_at": received, "resume_at": None}
        if arrival.is_dealt_with:
            fields["is_awaiting_answer"] = False
    _label_thread(arrival, **fields)
    if arrival.is_first_reading and arrival.conversation.status == ConversationStatus.CLOSED:
        _move_thread(arrival, ConversationStatus.OPEN)


def _for_a_person(arrival: ReplyContext) -> None:
    _replied(arrival, is_awaiting=True, target=LeadStatus.REPLIED)
    notifications.notify_customer(
        arrival.inbound, conversation=arrival.conversation, now=arrival.now
    )


def _interested(arrival: ReplyContext) -> None:
    """Qualified; the customer is told at once and a suggested reply is drafted."""
    _replied(arrival, is_awaiting=True, target=LeadStatus.REPLIED)
    lead = arrival.conversation.lead
    qualify_lead(lead=lead, now=arrival.now, by="a reply")
    create_task(
        customer=lead.customer,
        kind="reply_draft",
        dedupe_key=f"inbound:{arrival.inbound.pk}",
        lead=lead,
        now=arrival.now,
    )
    notifications.notify_customer(
        arrival.inbound, conversation=arrival.conversation, now=arrival.now
    )


def _not_now(arrival: ReplyContext) -> None:
    """The agents do not write again; a person is reminded on the day they named."""
    received = arrival.inbound.received_at
    day = arrival.verdict.resume_on or (received + DEFAULT_LATER).date()
    _replied(arrival, is_awaiting=False, target=LeadStatus.REPLIED)
    if arrival.is_newest or arrival.conversation.last_reply_at == received:
        resume_at = morning_of(day, lead=arrival.conversation.lead, received_at=received)
        _label_thread(arrival, resume_at=resume_at)


def _declined(arrival: ReplyContext) -> None:
    _replied(arrival, is_awaiting=False, target=LeadStatus.REPLIED)
    move_lead(arrival.conversation.lead, LeadStatus.CLOSED)


_CONSEQUENCES: dict[ReplyLabel, Callable[[ReplyContext], None]] = {
    ReplyLabel.BOUNCE: _bounced,
    ReplyLabel.DELAY: _delayed,
    ReplyLabel.COMPLAINT: _complained,
    ReplyLabel.OPT_OUT: _opted_out,
    ReplyLabel.AUTO_REPLY: _auto_replied,
    ReplyLabel.OUT_OF_OFFICE: _is_away,
    ReplyLabel.INTERESTED: _interested,
    ReplyLabel.QUESTION: _for_a_person,
    ReplyLabel.REFERRAL: _for_a_person,
    ReplyLabel.UNCLEAR: _for_a_person,
    ReplyLabel.NOT_NOW: _not_now,
    ReplyLabel.NOT_INTERESTED: _declined,
}
