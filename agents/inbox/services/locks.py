"""Whom a received mail concerns, locked in one order by everybody who acts on mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import Customer
from agents.models import Lead
from agents.states import ReplyLabel
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from agents.inbox.services.read import Reading

_CONCERN_EVERYBODY = frozenset(
    {ReplyLabel.BOUNCE, ReplyLabel.DELAY, ReplyLabel.OPT_OUT, ReplyLabel.COMPLAINT}
)


def lock_customers(reading: Reading) -> None:
    """The conversation's customer; after an opt-out or a bounce also every customer with a
    lead of that address, because their leads are closed too. Inside a transaction."""
    match = reading.match
    concerned = Q(pk=match.conversation.customer_id) if match else Q(pk=None)
    if reading.classification.label in _CONCERN_EVERYBODY:
        keys = {normalize_email(reading.mail.from_address)}
        if match is not None:
            keys.add(match.conversation.lead.email_key)
        concerned |= Q(pk__in=Lead.objects.filter(email_key__in=keys).values("customer_id"))
    Customer.objects.filter(concerned).lock_all()
