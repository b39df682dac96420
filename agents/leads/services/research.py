"""Research of a lead: does its domain take mail, and what does its own website say?

Only leads of customers who may be live are researched, and only while something is live: in
a dry run not a single connection is made. Each lead has a budget of attempts. The outcome is
stored as a sentence, and what was found with its page and time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Customer
from agents.leads.addresses import Address, DomainAnswer, assess, read_address
from agents.leads.mail_dns import AskDomain, accepts_mail
from agents.leads.services.prepare import MAX_EVIDENCE
from agents.leads.website import Fetch, Published, SiteReport, choose_address, read_site
from agents.lease import schedule_now
from agents.models import Lead
from agents.states import HELD_CHECKS, AddressCheck, LeadStatus
from agents.suppression.selectors import keys_of, suppressed_hashes, suppression_hash
from agents.suppression.services.stop import move_lead, stop_sequence
from billing.entitlements import may_send_live
from hossagent import subsystems
from hossagent.lib import http
from hossagent.lib.text import is_reserved_address

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.research")

MAX_ATTEMPTS = 3
LEASE = timedelta(minutes=5)
RETRY = timedelta(days=1)
# Failures of a site that may be over another day.
_TEMPORARY = frozenset(
    {"timeout", "connect", "protocol", "dns", "robots_down", "http_429", "http_503"}
)

_ENDED = (LeadStatus.BOUNCED, LeadStatus.CLOSED, LeadStatus.INVALID, LeadStatus.UNSUBSCRIBED)


@dataclass(slots=True)
class _Found:
    """`answer` is about the domain of the lead's own address, or else of the published one."""

    own: Address | None = None
    published: Published | None = None
    answer: DomainAnswer = DomainAnswer.UNKNOWN
    site: SiteReport | None = None


def research_next(
    *, now: datetime, fetch: Fetch = http.fetch, ask_domain: AskDomain = accepts_mail
) -> bool:
    """Research the lead that waits longest; False when none is due or nothing is live."""
    leads_live = subsystems.leads().is_live
    if not leads_live and not subsystems.email().is_live:
        return False
    lead = _claim(now=now)
    if lead is None:
        return False
    if not leads_live and not may_send_live(lead.customer, now=now):
        Lead.objects.filter(pk=lead.pk).update(
            research_due_at=now + RETRY, research_attempts=F("research_attempts") - 1
        )
        return True
    if sentence := _why_skipped(lead):
        Lead.objects.filter(pk=lead.pk).update(research_due_at=None, research_result=sentence)
        return True
    try:
        found = _findings(lead, now=now, fetch=fetch, ask_domain=ask_domain)
        _record(lead, found, now=now)
    except Exception:  # one strange site must not stop the others; the lease runs out
        logger.exception("research failed", extra={"lead": lead.pk})
    return True


def _why_skipped(lead: Lead) -> str:
    """Why this lead is not researched; "" when it is."""
    if lead.research_attempts > MAX_ATTEMPTS:
        # Each attempt failed or its worker died, and nothing was recorded.
        return f"Gave up after {MAX_ATTEMPTS} attempts."
    if lead.status in _ENDED:
        return "Not researched, because outreach to this lead has ended."
    if _is_listed(lead.customer, lead.email_key, lead.domain):
        return "Not researched, because this lead is on the do-not-contact list."
    return ""


def _is_listed(customer: Customer, email_key: str, domain: str) -> bool:
    """Whether the address or the company's domain is on a do-not-contact list."""
    asked = {suppression_hash(domain): "domain"} if domain else {}
    if email_key:
        asked |= keys_of(email_key)
    return bool(suppressed_hashes(hashes=asked, customer_ids=[customer.pk]))


def _claim(*, now: datetime) -> Lead | None:
    """A lead that is ours, because we moved its due time; None when there is none."""
    due = Lead.objects.filter(research_due_at__lte=now).order_by("research_due_at")
    for pk, due_at in due.values_list("pk", "research_due_at")[:10]:
        claimed = Lead.objects.filter(pk=pk, research_due_at=due_at).update(
            research_due_at=now + LEASE, research_attempts=F("research_attempts") + 1
        )
        if claimed:
            found: Lead = Lead.objects.select_related("customer__subscription").get(pk=pk)
            return found
    return None


def _findings(lead: Lead, *, now: datetime, fetch: Fetch, ask_domain: AskDomain) -> _Found:
    """The slow part: outside any transaction."""
    found = _Found()
    if lead.email_key:
        found.own = read_address(lead.email)
        found.answer = ask_domain(domain=lead.email_key.rpartition("@")[2])
    if found.answer in {DomainAnswer.NO_SUCH_DOMAIN, DomainAnswer.REFUSES_MAIL}:
        return found
    if lead.domain and (not lead.email_key or not lead.evidence):
        start = lead.website or f"https://{lead.domain}/"
        found.site = read_site(start, company=lead.company, now=now, fetch=fetch)
        if not lead.email_key:
            found.published = choose_address(found.site, contact_name=lead.contact_name)
        if found.published:
            found.answer = ask_domain(domain=found.published.address.domain)
    return found


def _record(lead: Lead, found: _Found, *, now: datetime) -> None:
    with transaction.atomic():
        Customer.objects.lock(lead.customer_id)
        lead.refresh_from_db()
        fields: dict[str, Any] = {
            "research_result": _sentence(found)[:300],
            "research_due_at": _next_look(lead, found, now),
        }
        if found.site is not None and found.site.facts:
            facts = [*lead.evidence, *found.site.facts][:MAX_EVIDENCE]
            fields["evidence"] = facts
        Lead.objects.filter(pk=lead.pk).update(**fields)
        if found.own is not None:
            _save_check(lead, found.own, found.answer, now=now)
    if found.published is not None and not lead.email_key:
        _save_address(lead, found.published, found.answer, now=now)


def _next_look(lead: Lead, found: _Found, now: datetime) -> datetime | None:
    is_unsure = bool(lead.email_key) and found.answer is DomainAnswer.UNKNOWN
    is_temporary = found.site is not None and found.site.code in _TEMPORARY
    if (is_unsure or is_temporary) and lead.research_attempts < MAX_ATTEMPTS:
        return now + RETRY
    return None


def _sentence(found: _Found) -> str:
    words = {
        DomainAnswer.ACCEPTS: "The address's domain accepts email.",
        DomainAnswer.NO_SUCH_DOMAIN: "The address's domain does not exist.",
        DomainAnswer.REFUSES_MAIL: "The address's domain does not accept email.",
        DomainAnswer.UNKNOWN: "",
    }[found.answer]
    site = found.site
    if site is None:
        return words or "DNS did not answer for the address's domain."
    if site.code != "ok":
        return f"{words} Website ({site.code}): {site.sentence}".strip()
    counted = f"{len(site.pages)} pages read, {len(site.facts)} facts"
    addresses = f"{len(site.addresses)} published addresses"
    return f"{words} Website: {counted}, {addresses}.".strip()


def _save_check(lead: Lead, address: Address, answer: DomainAnswer, *, now: datetime) -> None:
    """The address's check; an undeliverable one ends the lead's outreach for good."""
    if not address.is_valid or answer is DomainAnswer.UNKNOWN:
        return
    check, flags = assess(address, answer)
    Lead.objects.filter(pk=lead.pk).update(address_check=check.value, address_flags=" ".join(flags))
    if check is AddressCheck.UNDELIVERABLE:
        sentence = "This address cannot receive email."
        stop_sequence(lead=lead, code="undeliverable", sentence=sentence, now=now)
        move_lead(lead, LeadStatus.INVALID)


def _save_address(lead: Lead, published: Published, answer: DomainAnswer, *, now: datetime) -> None:
    """Give the lead the address that its own site publishes. When another lead has it
    already, this one is a duplicate and becomes INVALID."""
    address = published.address
    if is_reserved_address(address.email):
        return
    if _is_listed(lead.customer, address.key, ""):
        sentence = f"Its published address {address.email} is on the do-not-contact list."
        Lead.objects.filter(pk=lead.pk).update(research_result=sentence[:300])
        return
    check, flags = assess(address, answer)
    is_due = check not in HELD_CHECKS and lead.status == LeadStatus.NEW
    provenance = {
        **lead.provenance,
        "email": {"source": published.url, "at": now.isoformat()},
    }
    try:
        with transaction.atomic():
            Lead.objects.filter(pk=lead.pk, email_key="").update(
                email=address.email,
                email_key=address.key,
                address_check=check.value,
                address_flags=" ".join(flags),
                provenance=provenance,
                next_action_at=now if is_due else None,
            )
            if is_due:
                schedule_now(customer_id=lead.customer_id, now=now)
    except IntegrityError:
        sentence = f"Its published address {address.email} belongs to another lead."
        Lead.objects.filter(pk=lead.pk).update(research_result=sentence[:300])
        move_lead(lead, LeadStatus.INVALID)
