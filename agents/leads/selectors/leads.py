"""The lead list, one lead, and everything that happened with it.

The list is paged by key, newest first, and looks one row past the page: no page counts
the rows before it or in all, so the ten-thousandth page costs what the first one does. A
search asks each of its two indexes for the page's keys and reads no row that it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import Http404
from django.urls import NoReverseMatch, reverse

from accounts.models import AuditEvent
from accounts.states import AuditAction
from agents.models import InboundMessage, Lead, Message, Task
from agents.states import HELD_CHECKS, LeadStatus, MessageStatus, TaskStatus
from hossagent.lib.text import company_key

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import Customer

PAGE_SIZE = 50
# Entries of one kind in a lead's history; the newest are shown.
HISTORY = 50
NOT_LISTED = ("evidence", "provenance")

# What the first page's funnel counts, step by step.
REACHED: dict[str, tuple[str, Q]] = {
    "contacted": ("Contacted", Q(last_contacted_at__isnull=False)),
    "replied": ("Replied", Q(replied_at__isnull=False)),
    "qualified": ("Qualified", Q(qualified_at__isnull=False)),
    "worked": ("Work done", Q(tasks__status=TaskStatus.DONE)),
}


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What the list is narrowed to; unknown values narrow nothing."""

    status: str = ""
    reached: str = ""
    search: str = ""
    show: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.status or self.reached or self.search or self.show)


@dataclass(frozen=True, slots=True)
class LeadPage:
    """Leads newest first; `older` and `newer` are keys for the pages beside this one."""

    leads: list[Lead]
    older: int | None
    newer: int | None


def filter_leads(*, customer: Customer, chosen: LeadFilter) -> QuerySet[Lead]:
    """The customer's leads that match, in no order."""
    leads: QuerySet[Lead] = Lead.objects.for_customer(customer)
    if chosen.status in LeadStatus.values:
        leads = leads.filter(status=chosen.status)
    if chosen.reached == "worked":
        done = Task.objects.filter(customer=customer, status=TaskStatus.DONE)
        leads = leads.filter(pk__in=done.values("lead_id"))
    elif chosen.reached in REACHED:
        leads = leads.filter(REACHED[chosen.reached][1])
    if chosen.show == "held":
        leads = leads.filter(address_check__in=HELD_CHECKS)
    if matches := _matches(chosen):
        leads = leads.filter(reduce(or_, matches))
    return leads


def _matches(chosen: LeadFilter) -> list[Q]:
    """What a search means: the beginning of either key, and each has an index for it."""
    words = chosen.search.strip().lower()
    if not words:
        return []
    matches = [Q(email_key__startswith=words)]
    if name := company_key(words):
        matches.append(Q(company_key__startswith=name))
    return matches


def list_leads(
    *, customer: Customer, chosen: LeadFilter, before: int | None = None, after: int | None = None
) -> LeadPage:
    """One page: the leads older than `before`, or newer than `after`, or the newest."""
    span = Q()
    if after is not None:
        span = Q(pk__gt=after)
    elif before is not None:
        span = Q(pk__lt=before)
    found = _first(customer, chosen, span, order="-pk" if after is None else "pk")
    has_more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if after is not None:
        return _page(rows[::-1], has_older=True, has_newer=has_more)
    return _page(rows, has_older=has_more, has_newer=before is not None)


def _first(customer: Customer, chosen: LeadFilter, span: Q, *, order: str) -> list[Lead]:
    """The first leads of `span` that match, one more than a page holds."""
    leads = filter_leads(customer=customer, chosen=replace(chosen, search="")).filter(span)
    matches = _matches(chosen)
    if not matches:
        return list(leads.defer(*NOT_LISTED).order_by(order)[: PAGE_SIZE + 1])
    # One query for both would read every row that either index names, to sort them.
    keys: set[int] = set()
    for match in matches:
        rows = leads.filter(match).order_by(order)
        keys.update(rows.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    shown = Lead.objects.for_customer(customer).filter(pk__among=keys)
    return list(shown.defer(*NOT_LISTED).order_by(order)[: PAGE_SIZE + 1])


def _page(rows: list[Lead], *, has_older: bool, has_newer: bool) -> LeadPage:
    if not rows:
        return LeadPage([], None, None)
    return LeadPage(rows, rows[-1].pk if has_older else None, rows[0].pk if has_newer else None)


def get_lead(*, customer: Customer, pk: int) -> Lead:
    """One of the customer's leads. Raises Http404 for a stranger's."""
    lead: Lead | None = (
        Lead.objects.for_customer(customer)
        .select_related("customer", "conversation")
        .filter(pk=pk)
        .first()
    )
    if lead is None:
        raise Http404("no such lead")
    return lead


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
    # Last, for what happened in the same moment came after it.
    events.append(Event(lead.created_at, f"Added from {source_words(lead.source)}."))
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
        f"{words}: {message.subject}",
        _url("portal:message_detail", message.pk),
        mark,
    )


def _url(name: str, pk: int | None) -> str:
    try:
        return reverse(name, args=[pk]) if pk else ""
    except NoReverseMatch:
        return ""


_SOURCES = {
    "dummy_seed": "the made-up lead source",
    "search_api": "the lead search",
    "csv_import": "an import",
    "upload": "your upload",
    "by_hand": "manual entry",
}


def source_words(source: str) -> str:
    return _SOURCES.get(source, source.replace("_", " "))
