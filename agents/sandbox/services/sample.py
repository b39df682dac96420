"""A sample of what the agents would do, for visitors: made up on the spot, stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from agents.leads.services.providers import make_up_leads
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.briefs import Fact, LeadFacts, MessageBrief, SenderFacts
from agents.writing.services import get_writer
from hossagent.lib.text import Untrusted, single_line

LEADS = 3
MAX_INPUT = 60


class CannotSample(Exception):
    """The words given cannot stand in a mail; the text says why."""


@dataclass(frozen=True, slots=True)
class SampleLead:
    company: str
    contact: str
    title: str
    location: str
    email: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Fictional leads and the first mail to the first of them."""

    leads: tuple[SampleLead, ...]
    subject: str
    body: str


def make_sample(*, niche: str, geography: str) -> Sample:
    """The same sample for the same words, without a network call or a write.

    Raises `CannotSample` when the words look like a template's placeholder.
    """
    niche, geography = single_line(niche, MAX_INPUT), single_line(geography, MAX_INPUT)
    found = make_up_leads(seed="sample", niche=niche, geography=geography, wanted=LEADS)
    first = found[0]
    brief = MessageBrief(
        lead=LeadFacts(
            lead_id=0,
            company=Untrusted(first.company),
            contact_name=Untrusted(first.contact_name),
            contact_title=Untrusted(first.contact_title),
            location=Untrusted(first.location),
            website=Untrusted(first.website),
            reason=Untrusted(first.reason),
            evidence=tuple(
                Fact(Untrusted(str(fact["text"])), str(fact["source"])) for fact in first.evidence
            ),
        ),
        sender=SenderFacts(
            customer_id=0,
            company="Your Agency",
            niche=niche,
            geography=geography,
            offer="",
            ideal_customer="",
            tone="",
            sender_name="Alex Morgan",
            postal_address="100 Main Street, Your City",
        ),
        step=0,
        opt_out_url="https://your-agency.example/unsubscribe",
    )
    try:
        # Never the LLM: a visitor must not be able to spend anything.
        copy = get_writer().write_message(brief)
    except UnresolvedPlaceholder as refused:
        raise CannotSample(
            "Use plain words, such as dental clinics and Austin, Texas."
        ) from refused
    return Sample(
        leads=tuple(
            SampleLead(
                company=lead.company,
                contact=lead.contact_name,
                title=lead.contact_title,
                location=lead.location,
                email=lead.email,
                reason=lead.reason,
            )
            for lead in found
        ),
        subject=copy.subject,
        body=copy.body,
    )
