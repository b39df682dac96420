"""Who is written to: the lead, the do-not-contact list, and who wrote to them lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max, Q

from agents.models import Lead, Message
from agents.outreach.gate import CONTACT_GAP, RecipientFacts
from agents.states import MessageStatus
from agents.suppression.selectors import keys_of, suppressed_hashes
from hossagent.lib.mail_domains import is_free_mail, mail_domain
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence

# Between two emails to one company's mail server, whoever sends them. A mail provider's
# takes email from everybody all the time, and needs none.
DOMAIN_GAP = timedelta(minutes=2)
# As long as an email may be on its way before its lead says that it was written to.
LATELY = timedelta(minutes=10)


def get_recipients(
    *, messages: Sequence[Message], now: datetime, is_live: bool
) -> dict[int, RecipientFacts]:
    """One record for each message, by its primary key. Four queries at most."""
    recent = _left_lately(messages, now) if is_live else []
    gaps = {row.domain: row.at + DOMAIN_GAP for row in recent if not is_free_mail(row.domain)}
    suppressed = _suppressions(messages)
    replied = _companies_that_replied(messages)
    others = _contacts_by_others(messages, now, recent=recent)
    facts = {}
    for message in messages:
        lead = message.lead
        domain = mail_domain(lead.email_key)
        facts[message.pk] = RecipientFacts(
            name=_name(lead),
            status=lead.status,
            is_fictional=lead.is_fictional,
            country=lead.country,
            mail_domain=domain,
            address_check=lead.address_check,
            address_flags=lead.address_flags,
            suppressed_by=suppressed.get(message.pk, ""),
            replied_at=lead.replied_at,
            company_replied=bool(
                replied.get((message.customer_id, lead.domain), set()) - {lead.pk}
            ),
            conversation=lead.conversation.status if hasattr(lead, "conversation") else "",
            contacted_by_other_at=others.get(message.pk),
            domain_gap_until=gaps.get(domain),
        )
    return facts


def _name(lead: Lead) -> str:
    """It stands in sentences and log lines, which no name may break."""
    return single_line(
        f"{lead.contact_name} at {lead.company}" if lead.contact_name else lead.company
    )


def _suppressions(messages: Sequence[Message]) -> dict[int, str]:
    """Message → why it must not go, in words."""
    keys = {message.pk: keys_of(message.lead.email) for message in messages}
    found = suppressed_hashes(
        hashes={key for mine in keys.values() for key in mine},
        customer_ids={message.customer_id for message in messages},
    )
    words = {}
    for message in messages:
        for key, kind in keys[message.pk].items():
            listed = found.get(key, {})
            for owner, whose in ((None, "all customers"), (message.customer_id, "this customer")):
                if owner in listed:
                    reason = listed[owner].replace("_", " ")
                    words[message.pk] = (
                        f"the {kind} is on the do-not-contact list for {whose} ({reason})"
                    )
    return words


def _companies_that_replied(messages: Sequence[Message]) -> dict[tuple[int, str], set[int]]:
    """(customer, domain) → the leads there that have answered."""
    # No lead is stored with a provider's domain; the list may have learned of it since.
    domains = {m.lead.domain for m in messages if m.lead.domain and not is_free_mail(m.lead.domain)}
    found: dict[tuple[int, str], set[int]] = {}
    if not domains:
        return found
    rows = Lead.objects.filter(
        customer__in={m.customer_id for m in messages},
        domain__among=domains,
        replied_at__isnull=False,
    ).values_list("customer_id", "domain", "pk")
    for customer_id, domain, pk in rows:
        found.setdefault((customer_id, domain), set()).add(pk)
    return found


@dataclass(frozen=True, slots=True)
class _Left:
    """A live email that began to leave a moment ago, or whose outcome is still open."""

    domain: str
    email_key: str
    customer_id: int
    at: datetime


def _left_lately(messages: Sequence[Message], now: datetime) -> list[_Left]:
    """Emails to mailboxes on the same domains that left, or are leaving, oldest first.

    Their leads may not say so yet, and never do of an email whose outcome is unknown.
    """
    is_open = Q(status__in=[MessageStatus.SENDING, MessageStatus.UNKNOWN])
    rows = (
        Message.objects.filter(
            is_open | Q(sending_at__gt=now - LATELY),
            sending_at__gt=now - CONTACT_GAP,
            recipient_domain__among={mail_domain(m.lead.email_key) for m in messages} - {""},
        )
        .exclude(status=MessageStatus.CANCELED)
        .order_by("sending_at")
        .values_list("recipient_domain", "lead__email_key", "customer_id", "sending_at")
    )
    return [
        _Left(domain, email_key, customer_id, at)
        for domain, email_key, customer_id, at in rows
        if at is not None
    ]


def _contacts_by_others(
    messages: Sequence[Message], now: datetime, *, recent: Sequence[_Left]
) -> dict[int, datetime]:
    """Message → when another customer last wrote to that person, within the gap."""
    wanted = Q()
    for customer_id in {m.customer_id for m in messages}:
        keys = {m.lead.email_key for m in messages if m.customer_id == customer_id}
        wanted |= Q(email_key__among=keys - {""}) & ~Q(customer=customer_id)
    rows = dict(
        Lead.objects.filter(wanted, last_contacted_at__gte=now - CONTACT_GAP)
        .values_list("email_key")
        .annotate(Max("last_contacted_at"))
    )
    found = {m.pk: rows[m.lead.email_key] for m in messages if m.lead.email_key in rows}
    for message in messages:
        for left in recent:
            is_other = left.customer_id != message.customer_id
            if is_other and left.email_key == message.lead.email_key:
                found[message.pk] = max(found.get(message.pk, left.at), left.at)
    return found
