"""Research of a lead on its own ground: does its domain take mail, what does its site say?

Only leads of customers who may be live, and only while something is live: in DRY_RUN not
a single connection is made. Each lead has a budget of attempts; the outcome is stored as
a sentence, what was found with the page and the time it was found.
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
from agents.leads.website import Fetch, SiteReport, choose_address, read_site
from agents.lease import schedule_now
from agents.models import Lead
from agents.states import HELD_CHECKS, AddressCheck, LeadStatus
from agents.suppression.selectors import keys_of, suppressed_hashes, suppression_hash
from agents.suppression.services.stop import move_lead, stop_sequence
from billing.entitlements import may_send_live
from hossagent import subsystems
from hossagent.lib import http
from hossagent.lib.text import is_reserved_address, normalize_email

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.research")

MAX_ATTEMPTS = 3
LEASE = timedelta(minutes=5)
RETRY = timedelta(days=1)
# Answers that may be better another day.
_PASSING = frozenset(
    {"timeout", "connect", "protocol", "dns", "robots_down", "http_429", "http_503"}
)

_OVER = (LeadStatus.BOUNCED, LeadStatus.CLOSED, LeadStatus.INVALID, LeadStatus.UNSUBSCRIBED)


@dataclass(slots=True)
class _Found:
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
    if sentence := _why_not(lead):
        Lead.objects.filter(pk=lead.pk).update(research_due_at=None, research_result=sentence)
        return True
    try:
        found = _look(lead, now=now, fetch=fetch, ask_domain=ask_domain)
        _record(lead, found, now=now)
    except Exception:  # one strange site must not stop the others; the lease runs out
        logger.exception("research failed", extra={"lead": lead.pk})
    return True


def _why_not(lead: Lead) -> str:
    """Why the site of this lead is not to be asked; "" when it may be."""
    if lead.research_attempts > MAX_ATTEMPTS:
        # Whoever looked failed or died each time, and nothing was recorded.
        return f"Gave up after {MAX_ATTEMPTS} attempts."
    if lead.status in _OVER:
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
    """Take the lead by moving its due time; of many workers exactly one does."""
    due = Lead.objects.filter(research_due_at__lte=now).order_by("research_due_at")
    for pk, due_at in due.values_list("pk", "research_due_at")[:10]:
        taken = Lead.objects.filter(pk=pk, research_due_at=due_at).update(
            research_due_at=now + LEASE, research_attempts=F("research_attempts") + 1
        )
        if taken:
            found: Lead = Lead.objects.select_related("customer__subscription").get(pk=pk)
            return found
    return None


def _look(lead: Lead, *, now: datetime, fetch: Fetch, ask_domain: AskDomain) -> _Found:
    """The slow part: outside any transaction."""
    found = _Found()
    if lead.email_key:
        found.answer = ask_domain(domain=lead.email_key.rpartition("@")[2])
    if found.answer in {DomainAnswer.NO_SUCH_DOMAIN, DomainAnswer.REFUSES_MAIL}:
        return found
    if lead.domain and (not lead.email_key or not lead.evidence):
        start = lead.website or f"https://{lead.domain}/"
        found.site = read_site(start, company=lead.company, now=now, fetch=fetch)
        if not lead.email_key and (chosen := _chosen(lead, found.site)):
            found.answer = ask_domain(domain=chosen.email.rpartition("@")[2])
    return found


def _chosen(lead: Lead, site: SiteReport | None) -> Address | None:
    published = choose_address(site, contact_name=lead.contact_name) if site else None
    return read_address(published.email) if published else None


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
        if lead.email_key:
            _store_check(lead, read_address(lead.email), found.answer, now=now)
    if not lead.email_key:
        _store_address(lead, found, now=now)


def _next_look(lead: Lead, found: _Found, now: datetime) -> datetime | None:
    is_unsure = bool(lead.email_key) and found.answer is DomainAnswer.UNKNOWN
    is_passing = found.site is not None and found.site.code in _PASSING
    if (is_unsure or is_passing) and lead.research_attempts < MAX_ATTEMPTS:
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


def _store_check(lead: Lead, address: Address, answer: DomainAnswer, *, now: datetime) -> None:
    """The address's check; an undeliverable one ends the lead's outreach for good."""
    if not address.is_valid or answer is DomainAnswer.UNKNOWN:
        return
    check, flags = assess(address.flags, answer)
    Lead.objects.filter(pk=lead.pk).update(address_check=check.value, address_flags=" ".join(flags))
    if check is AddressCheck.UNDELIVERABLE:
        sentence = "This address cannot receive email."
        stop_sequence(lead=lead, code="undeliverable", sentence=sentence, now=now)
        move_lead(lead, LeadStatus.INVALID)


def _store_address(lead: Lead, found: _Found, *, now: datetime) -> None:
    """Give the lead the address its own site publishes; a known one makes it a double."""
    chosen = _chosen(lead, found.site)
    published = choose_address(found.site, contact_name=lead.contact_name) if found.site else None
    if chosen is None or published is None or is_reserved_address(chosen.email):
        return
    if _is_listed(lead.customer, normalize_email(chosen.email), ""):
        sentence = f"Its published address {chosen.email} is on the do-not-contact list."
        Lead.objects.filter(pk=lead.pk).update(research_result=sentence[:300])
        return
    check, flags = assess(chosen.flags, found.answer)
    is_due = check not in HELD_CHECKS and lead.status == LeadStatus.NEW
    provenance = {
        **lead.provenance,
        "email": {"source": published.url, "at": now.isoformat()},
    }
    try:
        with transaction.atomic():
            Lead.objects.filter(pk=lead.pk, email_key="").update(
                email=chosen.email,
                email_key=normalize_email(chosen.email),
                address_check=check.value,
                address_flags=" ".join(flags),
                provenance=provenance,
                next_action_at=now if is_due else None,
            )
            if is_due:
                schedule_now(customer_id=lead.customer_id, now=now)
    except IntegrityError:
        sentence = f"Its published address {chosen.email} belongs to another lead."
        Lead.objects.filter(pk=lead.pk).update(research_result=sentence[:300])
        move_lead(lead, LeadStatus.INVALID)
