"""A trial that the operator grants after the trial guard refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.states import AuditAction
from billing.models import Subscription, TrialIdentity
from billing.plans import PRO
from billing.states import SubscriptionStatus

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

# In any other status Stripe decides, and a local trial would change nothing.
GRANTABLE = (SubscriptionStatus.NONE, SubscriptionStatus.INCOMPLETE)


class NothingRefused(Exception):
    """This customer was not refused a trial, or one was already granted."""


class RightsComeFromElsewhere(Exception):
    """The customer is complimentary, or has rights from a subscription at Stripe."""


@transaction.atomic
def grant_trial(*, customer: Customer, by: str, now: datetime) -> None:
    """Start the trial that the guard refused, once, and mail the customer.

    The decision stays as it was, and records who granted the trial and when. From now on it
    counts as a trial against later sign-ups. Raises `NothingRefused` and
    `RightsComeFromElsewhere`.
    """
    row = Subscription.objects.select_for_update().get(pk=customer.pk)
    if row.is_complimentary or row.status not in GRANTABLE:
        raise RightsComeFromElsewhere
    refused = TrialIdentity.objects.refused().filter(customer=customer)
    if not refused.update(granted_at=now, granted_by=by):
        raise NothingRefused
    row.trial_started_at, row.trial_ends_at = now, now + PRO.trial_length
    row.save(update_fields=["trial_started_at", "trial_ends_at"])
    customer.subscription = row
    queue_mail(
        AccountEmail(
            kind="billing/trial_granted",
            to=customer.email,
            context={"customer": customer, "plan": PRO, "ends_at": row.trial_ends_at},
        ),
        dedupe_key=f"trial_granted:{customer.pk}",
        customer_id=customer.pk,
        now=now,
    )
    audit.record(
        AuditAction.TRIAL_GRANTED,
        at=now,
        actor=by,
        customer_id=customer.pk,
        subject=customer,
        change=audit.Change(after={"trial_ends_at": row.trial_ends_at.isoformat()}),
    )
