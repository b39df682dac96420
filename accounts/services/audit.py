"""The audit trail: one row per deed, written in the transaction of the deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import Model

SYSTEM = "system"


def record(
    *,
    at: datetime,
    actor: str,
    action: str,
    customer_id: int | None = None,
    subject: Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> AuditEvent:
    """Write down who did what; `actor` is the person's email, or `SYSTEM`.

    Call it inside the transaction of the deed, so that neither exists without the other.
    `before` and `after` hold only what changed, in values JSON can carry.
    """
    return AuditEvent.objects.create(
        at=at,
        actor=actor,
        action=action,
        customer_id=customer_id,
        subject_type=subject._meta.label if subject is not None else "",  # noqa: SLF001 # documented API
        subject_id=str(subject.pk) if subject is not None else "",
        before=dict(before or {}),
        after=dict(after or {}),
        note=note,
    )
