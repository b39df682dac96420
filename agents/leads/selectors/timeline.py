"""Everything that happened with one lead, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

from accounts.models import AuditEvent
from accounts.states import AuditAction
from agents.models import InboundMessage, Message, Task
from agents.states import MessageStatus, TaskStatus, lead_source_words

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from agents.models import Lead

# Entries of one kind; the newest are shown.
HISTORY = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a lead's history."""

    at: datetime
    text: str
    url: str = ""
    mark: str = ""


def get_timeline(*, lead: Lead) -> list[Event]:
    """What happened with the lead, newest first: found, written to, answered, worked on."""
    decisions = AuditEvent.objects.filter(subject_type="agents.Lead", subject_id=str(lead.pk))
    events = [
        Event(at, _DECISIONS[AuditAction(action)], _url("portal:lead_detail", after.get("lead_id")))
        for at, action, after in decisions.filter(action__in=_DECISIONS).values_list(
            "at", "action", "after"
        )[:HISTORY]
    ]
    if lead.qualified_at:
        events.append(Event(lead.qualified_at, "Marked as qualified."))
    if lead.converted_at:
        events.append(Event(lead.converted_at, "The engagement was opened."))
    messages = Message.objects.filter(lead=lead).defer("body").order_by("-pk")[:HISTORY]
    events += [_message_event(message) for message in messages]
    for mail in _mails(lead):
        words = f"They wrote: {mail.subject or 'an email without a subject'}."
        url = _url("portal:conversation_detail", mail.conversation_id)
        events.append(Event(mail.received_at, words, url, "simulated" if mail.is_simulated else ""))
    for task in Task.objects.filter(lead=lead, status=TaskStatus.DONE).order_by("-pk")[:HISTORY]:
        url = _url("portal:task_detail", task.pk)
        events.append(Event(task.finished_at or task.created_at, f"Done: {task.title}.", url))
    # Last, because what happened in the same moment came after it.
    events.append(Event(lead.created_at, f"Added from {lead_source_words(lead.source)}."))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _mails(lead: Lead) -> QuerySet[InboundMessage]:
    mails = InboundMessage.objects.filter(conversation__lead=lead)
    return mails.defer("raw", "text").order_by("-pk")[:HISTORY]


_DECISIONS = {
    AuditAction.LEAD_REJECTED: "Closed as not a fit.",
    AuditAction.LEAD_SUPPRESSED: "Added to the do-not-contact list.",
    AuditAction.LEAD_CORRECTED: "Corrected. A new lead has replaced it.",
}
_MESSAGE_WORDS = {
    MessageStatus.SENT: "Sent",
    MessageStatus.DRY_RUN: "Written, not sent",
    MessageStatus.FAILED: "Could not be delivered",
    MessageStatus.UNKNOWN: "May have been sent",
    MessageStatus.CANCELED: "Canceled",
    MessageStatus.SKIPPED: "Skipped",
    MessageStatus.AWAITING_APPROVAL: "Waiting for approval",
}


def _message_event(message: Message) -> Event:
    words = _MESSAGE_WORDS.get(MessageStatus(message.status), "Planned")
    mark = "dry_run" if message.status == MessageStatus.DRY_RUN else ""
    return Event(
        message.finished_at or message.created_at,
        f"{words}: {message.subject or 'an email that is not written yet'}",
        _url("portal:message_detail", message.pk),
        mark,
    )


def _url(name: str, pk: int | None) -> str:
    try:
        return reverse(name, args=[pk]) if pk else ""
    except NoReverseMatch:
        return ""
