"""Accepting an invitation: to join a customer, or to claim one that was opened for you.

A customer that Onboarding opened for a prospect has no person and no trial. The first
person to accept claims it, and the trial begins at that moment, so none of it is lost while
the invitation lies in an inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer, Membership
from accounts.services.invitations import accept_invitation
from billing.models import TrialIdentity
from billing.services import trial_guard
from billing.services.trials import begin_claimed_trial
from billing.states import TrialOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Invitation, User
    from billing.services.trial_guard import Applicant


@dataclass(frozen=True, slots=True)
class JoinResult:
    """Who belongs to which customer now. `is_refused_trial`: the customer was claimed, and the
    trial guard decided on no trial."""

    user: User
    customer: Customer
    is_refused_trial: bool


@transaction.atomic
def join(
    *, invitation: Invitation, applicant: Applicant, signed_in_as: int | None, now: datetime
) -> JoinResult | None:
    """Accept the invitation; None when it was accepted or revoked meanwhile.

    Whoever claims a customer is checked by the trial guard, like anybody who signs up. Raises
    what `accept_invitation` raises.
    """
    customer = Customer.objects.lock(invitation.customer_id)
    is_claim = not (
        customer.is_house
        or Membership.objects.filter(customer=customer).exists()
        or TrialIdentity.objects.filter(customer=customer).exists()
    )
    user = accept_invitation(invitation=invitation, signed_in_as=signed_in_as, now=now)
    if user is None:
        return None
    if not is_claim:
        return JoinResult(user, customer, is_refused_trial=False)
    decision = trial_guard.decide(applicant=applicant, now=now)
    decision.customer = customer
    decision.save(update_fields=["customer"])
    has_trial = decision.outcome == TrialOutcome.TRIAL
    if has_trial:
        begin_claimed_trial(customer=customer, now=now)
    return JoinResult(user, customer, is_refused_trial=not has_trial)
