"""The audit trail: one row per action, written in the transaction of the action."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import Model

    from accounts.states import AuditAction

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Change:
    """What an action changed: only what differs, in values that JSON can carry."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


NOTHING = Change()


def record(
    action: AuditAction,
    *,
    at: datetime,
    actor: str,
    customer_id: int | None = None,
    subject: Model | None = None,
    change: Change = NOTHING,
) -> AuditEvent:
    """Write down who did what; `actor` is the person's email, or `SYSTEM`.

    Call it inside the transaction of the action, so that neither exists without the other.
    """
    return AuditEvent.objects.create(
        at=at,
        actor=actor,
        action=action,
        customer_id=customer_id,
        subject_type=subject._meta.label if subject is not None else "",  # noqa: SLF001 # documented API
        subject_id=str(subject.pk) if subject is not None else "",
        before=dict(change.before),
        after=dict(change.after),
        note=change.note,
    )
