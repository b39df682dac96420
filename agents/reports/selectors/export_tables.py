"""What an export holds of each table: what a customer owns, and nothing that is ours.

Rewards, costs, profit and drafts of work summaries are internal and stay out. EXPORTED and
LEFT_OUT together name every model that belongs to a customer; a test compares them with
the models there are, so that a new one needs a decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.models import Customer, Invitation, Membership, SupportTicket
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

if TYPE_CHECKING:
    from django.db.models import Model


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

# Beside the tables: about.json, uploads/ and the lines of an issued summary.
EXPORTED: frozenset[type[Model]] = frozenset(
    {table.model for table in TABLES} | {Customer, Profile, Subscription, ImportChunk, Invoice}
)
LEFT_OUT: dict[type[Model], str] = {
    DataExport: "the packages themselves",
    CycleRun: "our log of the agents' runs; their results are in the files",
    DailyQuota: "counters of our pace",
    DeliveryEvent: "what providers told us about single emails; the outcome is in outreach.csv",
    ImportFile: "an upload that has not been read yet; once read, its rows are in uploads/",
    LeadSourceRun: "our searches",
    RejectedCandidate: "companies that were found not to be leads",
    SandboxReaction: "replies that the sandbox world plans",
    SecondOpinion: "how we read a reply; the result is its label",
    SourceProgress: "our searches",
    WriterSpend: "our costs",
    BillingEvent: "Stripe's messages to us",
    Checkout: "started payments, kept by Stripe",
    Drift: "our checks of Stripe",
    TrialIdentity: "our guard against second trials",
}
