"""Full rights without payment, granted and revoked by the operator, and audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from accounts.states import AuditAction
from billing.models import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


def grant(*, customer: Customer, by: str, now: datetime) -> bool:
    """Make the customer complimentary. False when it already was."""
    return _change(customer=customer, wanted=True, by=by, now=now)


def revoke(*, customer: Customer, by: str, now: datetime) -> bool:
    """End it: from now on the subscription decides. False when it was not complimentary."""
    return _change(customer=customer, wanted=False, by=by, now=now)


@transaction.atomic
def _change(*, customer: Customer, wanted: bool, by: str, now: datetime) -> bool:
    changed = Subscription.objects.filter(pk=customer.pk, is_complimentary=not wanted).update(
        is_complimentary=wanted
    )
    if changed:
        audit.record(
            AuditAction.COMPLIMENTARY_GRANTED if wanted else AuditAction.COMPLIMENTARY_REVOKED,
            at=now,
            actor=by,
            customer_id=customer.pk,
            subject=customer,
            change=audit.Change(
                before={"is_complimentary": not wanted}, after={"is_complimentary": wanted}
            ),
        )
        customer.subscription = Subscription.objects.get(pk=customer.pk)
    return bool(changed)
