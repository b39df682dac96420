"""Received mail that belongs to no conversation yet, and the conversations it may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import Http404

from agents.models import Conversation, InboundMessage
from agents.states import InboundStatus
from hossagent.lib.mail_domains import is_free_mail
from hossagent.lib.text import normalize_email, registrable_domain

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

MOST_CANDIDATES = 50


def list_unmatched(*, customer: Customer) -> QuerySet[InboundMessage]:
    """The customer's own mail whose conversation a person has to choose, newest first."""
    found: QuerySet[InboundMessage] = (
        InboundMessage.objects.filter(customer=customer, status=InboundStatus.UNMATCHED)
        .defer("raw")
        .order_by("-received_at", "-pk")
    )
    return found


def get_unmatched(*, customer: Customer, pk: int) -> InboundMessage:
    """One mail of the customer's, matched meanwhile or not. Raises Http404 for a stranger's."""
    mail: InboundMessage | None = (
        InboundMessage.objects.filter(customer=customer, pk=pk).defer("raw").first()
    )
    if mail is None:
        raise Http404("no such mail")
    return mail


def list_candidates(*, inbound: InboundMessage, customer_id: int | None) -> list[Conversation]:
    """Conversations that the mail may belong to, likeliest first.

    With a customer only its own, and its newest ones fill the list; without one (an
    operator looks) only those whose lead has the sender's address or company domain.
    """
    sender = normalize_email(inbound.from_address) if "@" in inbound.from_address else ""
    domain = "" if is_free_mail(sender.rpartition("@")[2]) else registrable_domain(sender)
    same_address = Q(lead__email_key=sender) if sender else Q(pk=None)
    same_domain = Q(lead__domain=domain) if domain else Q(pk=None)
    found = Conversation.objects.select_related("lead", "customer").annotate(
        likeness=Case(
            When(same_address, then=Value(0)),
            When(same_domain, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )
    if customer_id is None:
        found = found.filter(same_address | same_domain)
    else:
        found = found.filter(customer=customer_id)
    return list(found.order_by("likeness", "-pk")[:MOST_CANDIDATES])
