"""What a person decides about one lead: it fits, it does not, it is never to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from agents.services.autopilot import poke
from agents.services.source import Candidate, Outcome, RowResult, store_leads
from agents.services.stopping import move_lead, stop_sequence
from agents.services.suppress import suppress
from agents.states import LeadStatus, SuppressionKind, SuppressionReason

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Lead


def close_lead(*, lead: Lead, now: datetime, by: str) -> bool:
    """Not a fit: the sequence stops and nothing more is written. False when it is over
    already (closed, opted out, or an engagement)."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=lead.customer_id)
        lead.refresh_from_db()
        before = lead.status
        if before == LeadStatus.CONVERTED:
            return False
        stop_sequence(lead=lead, code="not_a_fit", sentence="The lead is not a fit.", now=now)
        if not move_lead(lead, LeadStatus.CLOSED):
            return False
        audit.record(
            at=now,
            actor=by,
            action="lead.not_a_fit",
            customer_id=lead.customer_id,
            subject=lead,
            before={"status": before},
            after={"status": lead.status},
        )
    return True


def never_contact(*, lead: Lead, now: datetime, by: str) -> bool:
    """Put the lead's address on the customer's do-not-contact list; its outreach ends.

    False when there is no address to list.
    """
    if not lead.email_key:
        return False
    with transaction.atomic():
        suppress(
            kind=SuppressionKind.ADDRESS,
            value=lead.email_key,
            reason=SuppressionReason.MANUAL,
            customer=lead.customer,
            now=now,
            note=f"By {by} on the lead's page.",
        )
        audit.record(
            at=now,
            actor=by,
            action="lead.never_contact",
            customer_id=lead.customer_id,
            subject=lead,
        )
    return True


def add_lead(*, customer: Customer, candidate: Candidate, now: datetime, by: str) -> RowResult:
    """One lead by hand, through the same checks as any other; its agents are told."""
    with transaction.atomic():
        (result,) = store_leads(
            customer=customer, candidates=[candidate], source="by_hand", now=now
        ).rows
        if result.outcome is Outcome.CREATED:
            poke(customer_id=customer.pk, now=now)
            audit.record(
                at=now,
                actor=by,
                action="lead.added",
                customer_id=customer.pk,
                after={"lead_id": result.lead_id, "email": candidate.email},
            )
    return result
