"""The Onboarding agent: qualified leads become engagements, new customers get a start.

For an ordinary customer an engagement is the lead CONVERTED and its opening tasks. For
the house it is a new customer with an invitation to claim it, which begins its trial.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from accounts.models import Customer
from accounts.services.invitations import invitation_url, invite
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.states import Role
from agents.models import Lead, Profile
from agents.profile.services.start import NewCustomer, start_customer
from agents.states import LeadStatus
from agents.task_types import OPENING_TYPES, STARTER_TYPES
from agents.work.services.tasks import create_task

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.onboarding")

LEADS_PER_CYCLE = 20
INVITATION_LASTS = timedelta(days=14)


def run_onboarding(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Starter tasks once per customer, and an engagement for each qualified lead."""
    counts: dict[str, int] = {}
    if customer.profile.starter_tasks_at is None:
        counts["starter_tasks"] = _give_starter_tasks(customer, now=now)
    qualified = Lead.objects.for_customer(customer).filter(status=LeadStatus.QUALIFIED)
    if customer.is_house:
        # Without an address there is nobody to invite; the lead stays for a person.
        qualified = qualified.exclude(email_key="")
    for lead in qualified.order_by("qualified_at", "pk")[:LEADS_PER_CYCLE]:
        try:
            outcome = _engage(customer=customer, lead=lead, now=now)
        except DatabaseError:
            logger.exception("lead not converted", extra={"lead": lead.pk})
            outcome = "failed"
        if outcome:
            counts[outcome] = counts.get(outcome, 0) + 1
    return {name: count for name, count in counts.items() if count}


@transaction.atomic
def _give_starter_tasks(customer: Customer, *, now: datetime) -> int:
    first = Profile.objects.filter(pk=customer.pk, starter_tasks_at=None).update(
        starter_tasks_at=now
    )
    customer.profile.starter_tasks_at = customer.profile.starter_tasks_at or now
    if not first:
        return 0
    made = [
        create_task(customer=customer, kind=task_type.key, dedupe_key="starter", now=now)
        for task_type in STARTER_TYPES
    ]
    return sum(task is not None for task in made)


@transaction.atomic
def _engage(*, customer: Customer, lead: Lead, now: datetime) -> str:
    """Convert one lead with all that follows from it, or nothing at all. What was done in a
    word; "" when the lead is not QUALIFIED any more."""
    moved = Lead.objects.filter(pk=lead.pk).move(
        source=LeadStatus.QUALIFIED, target=LeadStatus.CONVERTED, converted_at=now
    )
    if not moved:
        return ""
    if customer.is_house:
        return _open_for_prospect(lead, now=now)
    for task_type in OPENING_TYPES:
        create_task(
            customer=customer, kind=task_type.key, dedupe_key=f"lead:{lead.pk}", lead=lead, now=now
        )
    logger.info("[ONBOARDING][CONVERTED] lead_id=%s", lead.pk)
    return "converted"


def _open_for_prospect(lead: Lead, *, now: datetime) -> str:
    """The house won a prospect: a customer of its own, waiting to be claimed by mail.

    Somebody who is a customer already is not opened twice.
    """
    if Customer.objects.filter(email__iexact=lead.email, closed_at=None).exists():
        logger.info("[ONBOARDING][ALREADY_CUSTOMER] lead_id=%s", lead.pk)
        return "already_customers"
    opened = start_customer(
        NewCustomer(
            company=lead.company,
            contact_name=lead.contact_name,
            email=lead.email,
            timezone=lead.timezone,
            # It begins when the customer is claimed: agents.profile.services.join.
            has_trial=False,
        ),
        now=now,
    )
    # Nothing runs until the owner has said in which niche and switched it on.
    Customer.objects.filter(pk=opened.pk).update(autopilot=False)
    invitation, token = invite(
        customer=opened,
        email=lead.email,
        role=Role.OWNER,
        by="system",
        expires_at=now + INVITATION_LASTS,
        now=now,
    )
    queue_mail(
        AccountEmail(
            kind="accounts/claim_customer",
            to=lead.email,
            context={
                "company": opened.company,
                "contact_name": opened.contact_name,
                "url": invitation_url(token),
                "expires_at": invitation.expires_at,
            },
        ),
        dedupe_key=f"claim:{opened.pk}",
        customer_id=opened.pk,
        now=now,
        expires_at=invitation.expires_at,
    )
    logger.info("[ONBOARDING][INVITED] lead_id=%s customer_id=%s", lead.pk, opened.pk)
    return "invited"
