"""Packing everything a customer has into one ZIP file, in the background.

A request is a row; a worker claims it by a lease and packs; a worker that dies leaves the
lease to run out and the next one packs again. Files go after a week.
"""

from __future__ import annotations

import io
import logging
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.services import audit
from accounts.states import AuditAction
from agents.models import DataExport
from agents.reports.selectors.export import list_files

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import Customer

logger = logging.getLogger("agents.exports")

LEASE = timedelta(minutes=10)
KEEP = timedelta(days=7)
MAX_ATTEMPTS = 3


def request_export(*, customer: Customer, by: str, now: datetime) -> DataExport:
    """Ask for a package; the one that is already being packed, when there is one."""
    try:
        with transaction.atomic():
            export = DataExport.objects.create(
                customer=customer, requested_by=by, requested_at=now, due_at=now
            )
            audit.record(
                AuditAction.EXPORT_REQUESTED,
                at=now,
                actor=by,
                customer_id=customer.pk,
                subject=export,
            )
    except IntegrityError:
        return DataExport.objects.defer("content").get(customer=customer, due_at__isnull=False)
    return export


def build_next(*, now: datetime) -> bool:
    """Pack the export that waits longest; False when none is due."""
    export = _claim(now=now)
    if export is None:
        return False
    try:
        content = pack(customer=export.customer, now=now)
    except Exception as error:  # recorded on the row, and tried again
        logger.exception("export failed", extra={"export": export.pk})
        _fail(export, error=error, now=now)
        return True
    _mine(export).update(
        content=content,
        size=len(content),
        due_at=None,
        finished_at=now,
        expires_at=now + KEEP,
        error="",
    )
    return True


def _claim(*, now: datetime) -> DataExport | None:
    due = (
        DataExport.objects.filter(due_at__lte=now)
        .select_related("customer__profile")
        .defer("content")
        .order_by("due_at")
        .first()
    )
    if due is None:
        return None
    won = DataExport.objects.filter(pk=due.pk, attempts=due.attempts, due_at=due.due_at).update(
        attempts=F("attempts") + 1, due_at=now + LEASE
    )
    due.attempts += 1
    return due if won else None


def _mine(export: DataExport) -> QuerySet[DataExport]:
    """The row, while no other worker has taken it over."""
    return DataExport.objects.filter(pk=export.pk, attempts=export.attempts, due_at__isnull=False)


def _fail(export: DataExport, *, error: Exception, now: datetime) -> None:
    sentence = f"{type(error).__name__}: {error}"[:500]
    mine = _mine(export)
    if export.attempts >= MAX_ATTEMPTS:
        mine.update(due_at=None, finished_at=now, error=sentence)
    else:
        mine.update(due_at=now + timedelta(minutes=export.attempts), error=sentence)


def pack(*, customer: Customer, now: datetime) -> bytes:
    """The ZIP file's bytes. Times inside are `now`, so that equal data packs equally."""
    buffer = io.BytesIO()
    stamp = now.timetuple()[:6]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, chunks in list_files(customer=customer, now=now):
            info = zipfile.ZipInfo(name, date_time=stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as file:
                for chunk in chunks:
                    file.write(chunk.encode())
    return buffer.getvalue()


def expire_next(*, now: datetime) -> bool:
    """Drop the oldest file that is past its week; False when there is none."""
    old = DataExport.objects.filter(expires_at__lte=now).order_by("expires_at")
    pk = old.values_list("pk", flat=True).first()
    if pk is None:
        return False
    DataExport.objects.filter(pk=pk).update(content=b"", expires_at=None)
    return True
