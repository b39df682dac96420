"""The files of an export: what a customer owns, and nothing that is ours.

Rewards, costs, profit and drafts of work summaries are internal and stay out.
"""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.models import InboundMessage, Lead, Message, Suppression, Task
from agents.states import TaskStatus
from hossagent.lib.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from accounts.models import Customer

LEADS = (
    "company",
    "contact_name",
    "contact_title",
    "email",
    "website",
    "phone",
    "location",
    "country",
    "status",
    "is_fictional",
    "source",
    "reason",
    "created_at",
    "last_contacted_at",
    "replied_at",
    "qualified_at",
)
MESSAGES = (
    "lead__company",
    "lead__email",
    "step",
    "mode",
    "status",
    "subject",
    "body",
    "created_at",
    "finished_at",
    "held_reason",
)
REPLIES = ("received_at", "from_address", "subject", "text", "label", "is_simulated")
SUPPRESSIONS = ("kind", "value", "reason", "note", "created_at")


def list_files(*, customer: Customer, now: datetime) -> Iterator[tuple[str, Iterable[str]]]:
    """(name, chunks of text) of each file; rows are read as they are written."""
    yield "about.json", [_about(customer, now=now)]
    mine = {"customer": customer}
    yield "leads.csv", _table(LEADS, Lead.objects.filter(**mine))
    yield "outreach.csv", _table(MESSAGES, Message.objects.filter(**mine))
    yield "replies.csv", _table(REPLIES, InboundMessage.objects.filter(**mine))
    yield "do_not_contact.csv", _table(SUPPRESSIONS, Suppression.objects.filter(**mine))
    done = Task.objects.filter(customer=customer, status=TaskStatus.DONE).order_by("pk")
    for task in done.iterator(chunk_size=100):
        yield f"work/{task.pk:06d}-{_file_name(task.title)}.md", [task.deliverable]


def _about(customer: Customer, *, now: datetime) -> str:
    profile = customer.profile
    facts: dict[str, Any] = {
        "exported_at": now.isoformat(),
        "company": customer.company,
        "contact_name": customer.contact_name,
        "email": customer.email,
        "niche": customer.niche,
        "geography": customer.geography,
        "timezone": customer.timezone,
        "offer": profile.offer,
        "ideal_customer": profile.ideal_customer,
        "tone": profile.tone,
        "sender_name": profile.sender_name,
        "postal_address": profile.postal_address,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False)


def _table(columns: Sequence[str], rows: QuerySet[Any]) -> Iterator[str]:
    yield "\ufeff" + _line(column.removeprefix("lead__") for column in columns)
    found = rows.order_by("pk").values_list(*columns)
    for row in found.iterator(chunk_size=500):
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    buffer = io.StringIO(newline="")
    write_csv(buffer, [[_plain(cell) for cell in cells]])
    return buffer.getvalue()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "document"
