"""What a person decides about one lead: not a fit, never to be contacted, wrong, or new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.leads.services.store import Candidate, RowOutcome, RowResult, store_leads
from agents.lease import schedule_now
from agents.models import Message
from agents.states import (
    LEAD_CORRECTABLE,
    LeadStatus,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from agents.suppression.services.stop import move_lead, stop_sequence
from agents.suppression.services.suppress import suppress
from billing.services.usage import release_leads
from hossagent.lib.text import company_key, normalize_email

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Lead


def close_lead(*, lead: Lead, now: datetime, by: str) -> bool:
    """Not a fit: the sequence stops and nothing more is written. False when it is over
    already (closed, opted out, or an engagement)."""
    with transaction.atomic():
        Customer.objects.lock(lead.customer_id)
        lead.refresh_from_db()
        before = lead.status
        if before == LeadStatus.CONVERTED:
            return False
        stop_sequence(lead=lead, code="not_a_fit", sentence="The lead is not a fit.", now=now)
        if not move_lead(lead, LeadStatus.CLOSED):
            return False
        audit.record(
            AuditAction.LEAD_REJECTED,
            at=now,
            actor=by,
            customer_id=lead.customer_id,
            subject=lead,
            change=audit.Change(before={"status": before}, after={"status": lead.status}),
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
            AuditAction.LEAD_SUPPRESSED,
            at=now,
            actor=by,
            customer_id=lead.customer_id,
            subject=lead,
        )
    return True


class CannotCorrect(Exception):
    """Why this lead can't be corrected, as a sentence with the next step."""


def why_not_correct(lead: Lead) -> str:
    """Why the lead cannot be corrected, as a sentence; "" when it can."""
    if lead.status in LEAD_CORRECTABLE:
        return ""
    return "You cannot correct this lead, because it has replied or is closed."


def correct_lead(*, lead: Lead, candidate: Candidate, now: datetime, by: str) -> RowResult:
    """Replace `lead` with a new one made of `candidate`. The old one keeps what was written to
    it and becomes INVALID, so it does not stand in the way.

    The new one goes through every check of a new lead. Unless it is CREATED, nothing has
    changed. Raises `CannotCorrect`.
    """
    with transaction.atomic():
        customer = Customer.objects.lock(lead.customer_id)
        lead.refresh_from_db()
        if why_not := why_not_correct(lead):
            raise CannotCorrect(why_not)
        if _was_written_to(customer, candidate.email):
            raise CannotCorrect(
                f"We have already emailed {candidate.email.strip()}. It would get a second "
                "first email. Enter another address."
            )
        before = lead.status
        if before == LeadStatus.NEW and not _has_mail(lead):
            # Nothing was written to the old one, so the new one takes its place in the allowance.
            release_leads(customer_id=customer.pk, count=1)
        stop_sequence(lead=lead, code="corrected", sentence="The lead was corrected.", now=now)
        move_lead(lead, LeadStatus.INVALID)
        if company_key(candidate.company) == lead.company_key:
            candidate = replace(candidate, evidence=lead.evidence)
        result = _store_one(customer, candidate, now=now)
        if result.outcome is RowOutcome.CREATED:
            audit.record(
                AuditAction.LEAD_CORRECTED,
                at=now,
                actor=by,
                customer_id=customer.pk,
                subject=lead,
                change=audit.Change(
                    before={"status": before, "email": lead.email},
                    after={"lead_id": result.lead_id, "email": candidate.email},
                ),
            )
        else:
            transaction.set_rollback(True)
    lead.refresh_from_db()
    return result


def _has_mail(lead: Lead) -> bool:
    """A mail to the lead began to be sent, or was recorded in a dry run."""
    mails = Message.objects.filter(lead=lead)
    return mails.filter(Q(status=MessageStatus.DRY_RUN) | Q(sending_at__isnull=False)).exists()


def _was_written_to(customer: Customer, email: str) -> bool:
    """A mail of this customer to the address was sent, or may have been."""
    key = normalize_email(email)
    return bool(key) and (
        Message.objects.filter(customer=customer, lead__email_key=key)
        .exclude(sending_at=None)
        .exclude(status=MessageStatus.CANCELED)
        .exists()
    )


def add_lead(*, customer: Customer, candidate: Candidate, now: datetime, by: str) -> RowResult:
    """One lead by hand, through the same checks as any other. When it is CREATED, the
    customer's next cycle is due at once."""
    with transaction.atomic():
        result = _store_one(customer, candidate, now=now)
        if result.outcome is RowOutcome.CREATED:
            audit.record(
                AuditAction.LEAD_ADDED,
                at=now,
                actor=by,
                customer_id=customer.pk,
                change=audit.Change(after={"lead_id": result.lead_id, "email": candidate.email}),
            )
    return result


def _store_one(customer: Customer, candidate: Candidate, *, now: datetime) -> RowResult:
    """What became of the candidate. A new lead makes the customer's next cycle due at once."""
    (result,) = store_leads(
        customer=customer, candidates=[candidate], source="by_hand", now=now
    ).rows
    if result.outcome is RowOutcome.CREATED:
        schedule_now(customer_id=customer.pk, now=now)
    return result
