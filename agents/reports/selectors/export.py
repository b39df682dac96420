"""The files of an export, written row by row: about the account, its tables, its documents."""

from __future__ import annotations

import json
import re
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from agents.leads.selectors.imports import result_lines
from agents.models import ImportJob, Task
from agents.reports.selectors.export_tables import EXPORTED, LEFT_OUT, TABLES
from agents.states import TaskStatus
from hossagent.lib.csv_export import csv_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from accounts.models import Customer

__all__ = ["EXPORTED", "LEFT_OUT", "TABLES", "list_files"]


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
