"""The stored facts that one mail or one document may speak of, frozen for a writer.

A writer never touches the database: whatever it states comes from one of these. Text
about a lead came from outside and stays `Untrusted` until a writer has cleaned it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hossagent.lib.text import Untrusted

if TYPE_CHECKING:
    from accounts.models import Customer
    from agents.models import Lead


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence that copy may state, and where it was read."""

    text: Untrusted
    source: str = ""


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What is stored about one lead."""

    lead_id: int
    company: Untrusted
    contact_name: Untrusted
    contact_title: Untrusted
    location: Untrusted
    website: Untrusted
    reason: Untrusted
    evidence: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What the customer told us about itself: the voice that a mail is written in."""

    customer_id: int
    company: str
    niche: str
    geography: str
    offer: str
    ideal_customer: str
    tone: str
    sender_name: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class MessageBrief:
    """One outreach mail: step 0 is the opener, later ones follow up on it."""

    lead: LeadFacts
    sender: SenderFacts
    step: int
    opt_out_url: str
    # Follow-ups thread on the opener and carry its subject.
    opener_subject: str = ""


def lead_facts(lead: Lead) -> LeadFacts:
    return LeadFacts(
        lead_id=lead.pk,
        company=Untrusted(lead.company),
        contact_name=Untrusted(lead.contact_name),
        contact_title=Untrusted(lead.contact_title),
        location=Untrusted(lead.location),
        website=Untrusted(lead.website),
        reason=Untrusted(lead.reason),
        evidence=tuple(
            Fact(Untrusted(str(item["text"])), str(item.get("source", "")))
            for item in lead.evidence
            if isinstance(item, dict) and item.get("text")
        ),
    )


def sender_facts(customer: Customer) -> SenderFacts:
    """`customer` with its profile loaded."""
    profile = customer.profile
    return SenderFacts(
        customer_id=customer.pk,
        company=customer.company,
        niche=customer.niche,
        geography=customer.geography,
        offer=profile.offer,
        ideal_customer=profile.ideal_customer,
        tone=profile.tone,
        sender_name=profile.sender_name or customer.contact_name,
        postal_address=profile.postal_address,
    )


def message_brief(
    *, lead: Lead, customer: Customer, step: int, opt_out_url: str, opener_subject: str = ""
) -> MessageBrief:
    """Everything a writer may use for one mail; `customer` with its profile loaded."""
    return MessageBrief(
        lead=lead_facts(lead),
        sender=sender_facts(customer),
        step=step,
        opt_out_url=opt_out_url,
        opener_subject=opener_subject,
    )
