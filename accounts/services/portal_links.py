"""The view-as-customer link: a new one on request, and a record of who looked through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.models.customer import make_public_token
from accounts.services.audit import record
from accounts.states import AuditAction

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def rotate_public_token(*, customer: Customer, by: str, now: datetime) -> str:
    """A new link for `customer`; the old one is worthless from this moment. Returns the
    token, which the audit trail does not hold."""
    token = make_public_token()
    Customer.objects.filter(pk=customer.pk).update(public_token=token)
    customer.public_token = token
    record(
        AuditAction.PORTAL_LINK_ROTATED, at=now, actor=by, customer_id=customer.pk, subject=customer
    )
    return token


@transaction.atomic
def record_impersonation(*, customer: Customer, by: str, now: datetime) -> None:
    """An operator is about to look at the portal as `customer`. Looking is all they can do:
    no session of the customer's is ever opened."""
    record(
        AuditAction.CUSTOMER_IMPERSONATED,
        at=now,
        actor=by,
        customer_id=customer.pk,
        subject=customer,
    )
