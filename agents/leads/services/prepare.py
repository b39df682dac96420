"""From a candidate as found to a lead as stored: normal forms, limits, the address's check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.leads.addresses import Address, Flag, read_address
from agents.leads.places import country_code, place_of
from agents.states import HELD_CHECKS
from hossagent.lib.calendars import is_timezone
from hossagent.lib.mail_domains import is_free_mail
from hossagent.lib.text import (
    company_key,
    is_reserved_address,
    registrable_domain,
    single_line,
)

if TYPE_CHECKING:
    from datetime import datetime

    from agents.leads.providers import Candidate

MAX_EVIDENCE = 20
MAX_DOMAIN = 253


@dataclass(slots=True)
class LeadRow:
    """One lead's own columns, named as in the model, and the address they were made of."""

    address: Address
    company: str
    contact_name: str
    contact_title: str
    email: str
    website: str
    phone: str
    location: str
    country: str
    timezone: str
    email_key: str
    company_key: str
    domain: str
    address_check: str
    address_flags: str
    is_fictional: bool
    provenance: dict[str, Any]
    evidence: list[dict[str, Any]]
    reason: str
    next_action_at: datetime | None
    research_due_at: datetime | None


COLUMNS = tuple(name for name in LeadRow.__slots__ if name != "address")


class NotALead(Exception):
    """The candidate cannot be stored; the text says why, for the person who gave it."""


def prepare(candidate: Candidate, *, default_reason: str, now: datetime) -> LeadRow:
    """The columns of one candidate. Raises `NotALead` with a sentence.

    A wrong address is refused even when the candidate has a website: whoever gave the row
    meant that address. A row without an address is stored when it has a website, where
    one may be published, and is due for outreach only once an address is known.
    """
    address = read_address(candidate.email) if candidate.email.strip() else Address()
    if address.problem:
        raise NotALead(address.problem)
    website = single_line(candidate.website, 300)
    email_key = address.key
    domain = _domain(address, website)
    if not email_key and not domain:
        raise NotALead("There is no email address and no website. Enter at least one of them.")
    location = single_line(candidate.location, 200)
    country, zone = _place(candidate, location)
    company, contact = single_line(candidate.company, 200), single_line(candidate.contact_name, 200)
    # Without an address and a name the website is all there is to tell the company by.
    fallback = "" if email_key else domain
    return LeadRow(
        address=address,
        company=company or domain or contact or address.email,
        contact_name=contact[:120].rstrip(),
        contact_title=single_line(candidate.contact_title, 120),
        email=address.email,
        website=website,
        phone=single_line(candidate.phone, 40),
        location=location,
        country=country,
        timezone=zone,
        email_key=email_key,
        company_key=(company_key(company or fallback) or fallback)[:200],
        domain=domain,
        address_check=address.check.value,
        address_flags=" ".join(address.flags),
        is_fictional=is_reserved_address(email_key),
        provenance={name: _plain(value) for name, value in candidate.provenance.items()},
        evidence=_dated(candidate.evidence, now),
        reason=single_line(candidate.reason, 1_000) or default_reason,
        next_action_at=now if email_key and address.check not in HELD_CHECKS else None,
        # Fictional leads have neither a domain nor a website to look at.
        research_due_at=None if is_reserved_address(email_key or domain) else now,
    )


def _domain(address: Address, website: str) -> str:
    """The company's registrable domain: the address's, unless a mailbox there says nothing
    about the company; then the website's."""
    host = address.domain
    if host and Flag.FREE_MAIL not in address.flags:
        return registrable_domain(host)
    found = registrable_domain(website) if "." in website else ""
    return "" if is_free_mail(found) or len(found) > MAX_DOMAIN or " " in found else found


def _place(candidate: Candidate, location: str) -> tuple[str, str]:
    country = country_code(candidate.country)
    zone = candidate.timezone.strip()
    if country and is_timezone(zone):
        return country, zone
    found_country, found_zone = place_of(f"{location}, {candidate.country}".strip(", "))
    if country and found_country not in {"", country}:
        found_zone = ""
    return country or found_country, zone if is_timezone(zone) else found_zone


def _plain(value: Any) -> Any:
    """Text without what JSON in a database refuses: zero bytes, halves of characters."""
    return single_line(value, 500) if isinstance(value, str) else value


def _dated(evidence: Any, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "text": single_line(str(fact.get("text", "")), 500),
            "source": single_line(str(fact.get("source", "")), 500),
            "at": single_line(str(fact.get("at") or now.isoformat()), 40),
        }
        for fact in list(evidence)[:MAX_EVIDENCE]
        if str(fact.get("text", "")).strip()
    ]
