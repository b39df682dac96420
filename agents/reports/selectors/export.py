"""The files of an export: what a customer owns, and nothing that is ours.

Rewards, costs, profit and drafts of work summaries are internal and stay out. EXPORTED and
LEFT_OUT together name every model that belongs to a customer; a test compares them with
the models there are, so that a new one is decided on.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from accounts.models import Customer, Invitation, Membership, SupportTicket
from agents.leads.selectors.imports import result_lines
from agents.models import (
    Answer,
    ApprovalDecision,
    Conversation,
    CycleRun,
    DailyQuota,
    DataExport,
    DeliveryEvent,
    ImportChunk,
    ImportFile,
    ImportJob,
    InboundMessage,
    Lead,
    LeadSourceRun,
    Message,
    Profile,
    RejectedCandidate,
    SandboxReaction,
    SecondOpinion,
    SourceProgress,
    Suppression,
    Task,
    WriterSpend,
)
from agents.states import TaskStatus
from billing.models import (
    BillingEvent,
    Checkout,
    Drift,
    Invoice,
    InvoiceLine,
    Subscription,
    TrialIdentity,
)
from billing.states import InvoiceStatus
from hossagent.lib.csv_export import csv_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: the rows of `model` that belong to the customer, oldest first."""

    file: str
    model: type[Model]
    columns: tuple[str, ...]
    only: dict[str, Any] = field(default_factory=dict)
    owner: str = "customer"


TABLES = (
    Table(
        "leads.csv",
        Lead,
        (
            *("company", "contact_name", "contact_title", "email", "website", "phone"),
            *("location", "country", "status", "is_fictional", "source", "reason"),
            *("created_at", "last_contacted_at", "replied_at", "qualified_at"),
        ),
    ),
    Table(
        "outreach.csv",
        Message,
        (
            *("lead__company", "lead__email", "step", "mode", "status", "subject", "body"),
            *("created_at", "finished_at", "held_reason"),
        ),
    ),
    Table(
        "approvals.csv",
        ApprovalDecision,
        ("at", "by", "outcome", "message__lead__company", "message__subject"),
    ),
    Table(
        "conversations.csv",
        Conversation,
        (
            *("lead__company", "lead__email", "status", "label", "is_awaiting_answer"),
            *("taken_by", "created_at", "last_reply_at"),
        ),
    ),
    Table(
        "replies.csv",
        InboundMessage,
        (
            *("received_at", "from_address", "conversation__lead__company", "subject", "text"),
            *("label", "is_simulated"),
        ),
    ),
    Table(
        "answers.csv",
        Answer,
        (
            *("created_at", "written_by", "conversation__lead__company"),
            *("conversation__lead__email", "subject", "body", "mode", "status", "finished_at"),
        ),
    ),
    Table("do_not_contact.csv", Suppression, ("kind", "value", "reason", "note", "created_at")),
    Table(
        "tasks.csv",
        Task,
        ("title", "lead__company", "status", "held_reason", "created_at", "finished_at"),
    ),
    Table(
        "uploads.csv",
        ImportJob,
        (
            *("file_name", "uploaded_by", "uploaded_at", "total", "created", "duplicate"),
            *("suppressed", "invalid", "over_allowance", "finished_at"),
        ),
    ),
    Table("people.csv", Membership, ("user__email", "user__name", "role", "created_at")),
    Table(
        "invitations.csv",
        Invitation,
        ("email", "role", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    Table(
        "questions.csv",
        SupportTicket,
        ("created_at", "email", "subject", "body", "answer", "answered_at"),
    ),
    Table(
        "work_summaries.csv",
        InvoiceLine,
        ("invoice__id", "invoice__issued_at", "invoice__status", "description", "amount_cents"),
        only={"invoice__status__in": [InvoiceStatus.OPEN, InvoiceStatus.PAID]},
        owner="invoice__customer",
    ),
)

# Written by hand below: about.json, uploads/ and the lines of an issued summary.
EXPORTED: frozenset[type[Model]] = frozenset(
    {table.model for table in TABLES} | {Customer, Profile, Subscription, ImportChunk, Invoice}
)
LEFT_OUT: dict[type[Model], str] = {
    DataExport: "the packages themselves",
    CycleRun: "our machine's log; its results are in the files",
    DailyQuota: "counters of our pace",
    DeliveryEvent: "what providers told us about single mails; the outcome is in outreach.csv",
    ImportFile: "an upload that has not been read yet; then its rows are in uploads/",
    LeadSourceRun: "our searches",
    RejectedCandidate: "companies that were found not to be leads",
    SandboxReaction: "the pretend internet's plans",
    SecondOpinion: "how we read a reply; the result is its label",
    SourceProgress: "our searches",
    WriterSpend: "our costs",
    BillingEvent: "Stripe's messages to us",
    Checkout: "started payments, kept by Stripe",
    Drift: "our checks of Stripe",
    TrialIdentity: "our guard against second trials",
}


def list_files(*, customer: Customer, now: datetime) -> Iterator[tuple[str, Iterable[str]]]:
    """(name, chunks of text) of each file; rows are read as they are written."""
    yield "about.json", [_about(customer, now=now)]
    for table in TABLES:
        every = table.model._default_manager  # noqa: SLF001 # Django's documented name for it
        rows = every.filter(**{table.owner: customer}, **table.only)
        yield table.file, _table(table.columns, rows)
    for job in ImportJob.objects.filter(customer=customer, finished_at__isnull=False):
        name = _file_name(job.file_name.rpartition(".")[0])
        yield f"uploads/{job.pk:06d}-{name}.csv", result_lines(job)
    done = Task.objects.filter(customer=customer, status=TaskStatus.DONE).order_by("pk")
    for task in done.iterator(chunk_size=100):
        yield f"work/{task.pk:06d}-{_file_name(task.title)}.md", [task.deliverable]


def _about(customer: Customer, *, now: datetime) -> str:
    """The account's own facts and every setting."""
    profile, plan = customer.profile, customer.subscription
    facts: dict[str, Any] = {
        "exported_at": now,
        "company": customer.company,
        "contact_name": customer.contact_name,
        "email": customer.email,
        "created_at": customer.created_at,
        "niche": customer.niche,
        "geography": customer.geography,
        "timezone": customer.timezone,
        "autopilot": customer.autopilot,
        "offer": profile.offer,
        "ideal_customer": profile.ideal_customer,
        "tone": profile.tone,
        "sender_name": profile.sender_name,
        "postal_address": profile.postal_address,
        "approval_mode": profile.approval_mode,
        "window_start": profile.window_start,
        "window_end": profile.window_end,
        "window_weekdays": profile.window_weekdays,
        "outreach_paused_at": profile.outreach_paused_at,
        "subscription_status": plan.status,
        "trial_started_at": plan.trial_started_at,
        "trial_ends_at": plan.trial_ends_at,
        "current_period_end": plan.current_period_end,
    }
    plain = {name: _plain(value) for name, value in facts.items()}
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _table(columns: Sequence[str], rows: QuerySet[Any]) -> Iterator[str]:
    return csv_pieces(_table_rows(columns, rows))


def _table_rows(columns: Sequence[str], rows: QuerySet[Any]) -> Iterator[Sequence[object]]:
    yield [column.rpartition("__")[2] for column in columns]
    found = rows.order_by("pk").values_list(*columns)
    for row in found.iterator(chunk_size=500):
        yield [_plain(cell) for cell in row]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | time) else value


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "document"
