"""Questions that people ask us: stored first, then mailed to whoever answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.models import SalesInquiry, SupportTicket
from accounts.services import audit
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.states import AuditAction
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


class AlreadyAnswered(Exception):
    """Somebody was first; the answer that went out stands."""


def open_ticket(
    *, customer: Customer, email: str, subject: str, body: str, now: datetime
) -> SupportTicket:
    """Store a customer's question and tell the support address."""
    with transaction.atomic():
        ticket = SupportTicket.objects.create(
            customer=customer,
            email=email,
            subject=single_line(subject),
            body=body.strip(),
            created_at=now,
        )
        queue_mail(
            AccountEmail(
                kind="accounts/ticket_opened",
                to=settings.CONFIG.OPERATOR_EMAIL or settings.CONFIG.SUPPORT_EMAIL,
                context={"ticket": ticket, "customer": customer},
            ),
            dedupe_key=f"ticket:{ticket.pk}:opened",
            customer_id=customer.pk,
            now=now,
        )
    return ticket


def answer_ticket(*, ticket: SupportTicket, answer: str, by: str, now: datetime) -> None:
    """Send the operator's answer to whoever asked. Raises `AlreadyAnswered`."""
    text = answer.strip()
    with transaction.atomic():
        won = SupportTicket.objects.filter(pk=ticket.pk, answered_at=None).update(
            answer=text, answered_by=by, answered_at=now
        )
        if not won:
            raise AlreadyAnswered
        ticket.refresh_from_db()
        queue_mail(
            AccountEmail(
                kind="accounts/ticket_answered", to=ticket.email, context={"ticket": ticket}
            ),
            dedupe_key=f"ticket:{ticket.pk}:answered",
            customer_id=ticket.customer_id,
            now=now,
        )
        audit.record(
            AuditAction.TICKET_ANSWERED,
            at=now,
            actor=by,
            customer_id=ticket.customer_id,
            subject=ticket,
        )


def store_inquiry(
    *, name: str, email: str, company: str, message: str, now: datetime
) -> SalesInquiry:
    """Store what a visitor wrote and tell whoever sells."""
    config = settings.CONFIG
    with transaction.atomic():
        inquiry = SalesInquiry.objects.create(
            name=single_line(name, 120),
            email=email,
            company=single_line(company),
            message=message.strip(),
            created_at=now,
        )
        queue_mail(
            AccountEmail(
                kind="accounts/sales_inquiry",
                to=config.SALES_LEAD_RECIPIENT_EMAIL
                or config.OPERATOR_EMAIL
                or config.SUPPORT_EMAIL,
                context={"inquiry": inquiry},
            ),
            dedupe_key=f"inquiry:{inquiry.pk}",
            now=now,
        )
    return inquiry
