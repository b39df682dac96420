"""Is our sending domain set up? SPF, DKIM and DMARC by DNS, stored with the time.

What DNS does not answer is UNKNOWN, never a failure, and does not overwrite what was
known. Sources: RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import dns.exception
import dns.resolver
from django.conf import settings

from agents.mode import get_sender_address
from agents.models import DomainCheck
from agents.states import CheckResult
from hossagent import subsystems
from hossagent.config import EmailMode
from hossagent.lib.text import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT = 3.0
RECHECK_GOOD = timedelta(hours=24)
RECHECK_BAD = timedelta(minutes=30)
# An answer that DNS cannot confirm any more stands this long.
KEEP_KNOWN = timedelta(hours=72)

# Which include a provider asks for, and the selectors its keys are published under.
_INCLUDES = {EmailMode.SENDGRID: "sendgrid.net"}
_SELECTORS = {EmailMode.SENDGRID: ("s1", "s2", "smtpapi")}
_COMMON_SELECTORS = (
    "default",
    "google",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "dkim",
    "mail",
)


class NoAnswer(Exception):
    """DNS did not say; that is not the same as no."""


class Resolver(Protocol):
    def texts(self, name: str) -> list[str]:
        """The TXT records of `name`, none when there are none. Raises `NoAnswer`."""
        ...


class DnsResolver:
    """Asks the machine's own resolver, with a short time limit."""

    def texts(self, name: str) -> list[str]:
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(str(error)) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


@dataclass(frozen=True, slots=True)
class Finding:
    """One record: the result, what was found, what is wrong, and what to paste."""

    result: CheckResult
    found: str = ""
    sentence: str = ""
    name: str = ""
    paste: str = ""


def read_spf(records: Sequence[str], *, domain: str, include: str) -> Finding:
    """SPF: exactly one record, with the provider's include when it is known."""
    paste = f"v=spf1 include:{include} ~all" if include else "v=spf1 mx a ~all"
    spf = [text for text in records if text.lower().split(" ")[0] == "v=spf1"]
    if not spf:
        return Finding(
            CheckResult.FAIL, "", f"{domain} has no SPF record. Add this TXT record.", domain, paste
        )
    if len(spf) > 1:
        return Finding(
            CheckResult.FAIL,
            " | ".join(spf),
            f"{domain} has {len(spf)} SPF records, and receivers ignore them all. Keep one.",
            domain,
            paste,
        )
    terms = spf[0].lower().split()
    if "+all" in terms or "all" in terms:
        return Finding(
            CheckResult.FAIL,
            spf[0],
            "The record lets anyone send as you. End it with ~all.",
            domain,
            paste,
        )
    if include and not any(term.endswith(f"include:{include}") for term in terms):
        return Finding(
            CheckResult.FAIL,
            spf[0],
            f"The record does not include {include}. Add include:{include} before its end.",
            domain,
            spf[0].replace("v=spf1", f"v=spf1 include:{include}", 1),
        )
    return Finding(CheckResult.PASS, spf[0], "", domain)


def read_dmarc(records: Sequence[str], *, domain: str) -> Finding:
    """DMARC: one record with a policy; p=none is enough to start."""
    name = f"_dmarc.{domain}"
    paste = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
    dmarc = [text for text in records if text.replace(" ", "").lower().startswith("v=dmarc1")]
    if len(dmarc) != 1:
        words = (
            f"{len(dmarc)} DMARC records. Keep exactly one."
            if dmarc
            else "no DMARC record. Add this TXT record."
        )
        return Finding(
            CheckResult.FAIL,
            " | ".join(dmarc),
            f"{domain} has {words}",
            name,
            paste,
        )
    tags = dict(part.strip().lower().split("=", 1) for part in dmarc[0].split(";") if "=" in part)
    if tags.get("p", "").strip() not in {"none", "quarantine", "reject"}:
        return Finding(
            CheckResult.FAIL, dmarc[0], "The DMARC record has no policy. Add p=none.", name, paste
        )
    return Finding(CheckResult.PASS, dmarc[0], "", name)


def read_dkim(
    found: Mapping[str, Sequence[str]], *, domain: str, is_selector_known: bool
) -> Finding:
    """DKIM: a key under one of the selectors. Without a known selector, finding none is
    no proof that there is none."""
    for selector, records in found.items():
        for text in records:
            tags = dict(
                part.strip().split("=", 1)
                for part in text.replace('"', "").split(";")
                if "=" in part
            )
            if tags.get("p", "").strip():
                return Finding(
                    CheckResult.PASS,
                    f"{selector}: {text[:60]}",
                    "",
                    f"{selector}._domainkey.{domain}",
                )
    selectors = ", ".join(found)
    if is_selector_known:
        return Finding(
            CheckResult.FAIL,
            "",
            f"No DKIM key was found under {selectors}. Publish the records that your provider "
            "shows under sender authentication.",
            f"{next(iter(found), 's1')}._domainkey.{domain}",
        )
    return Finding(
        CheckResult.UNKNOWN,
        "",
        f"No DKIM key was found under the usual selectors ({selectors}). Yours may have another "
        "name. Send a test email and look for dkim=pass.",
        f"SELECTOR._domainkey.{domain}",
    )


def check_domain(*, domain: str, now: datetime, resolver: Resolver | None = None) -> DomainCheck:
    """Ask DNS and store the answers. Never raises for what DNS does."""
    resolver = resolver or DnsResolver()
    mode = settings.CONFIG.EMAIL_MODE
    organisation = registrable_domain(domain)
    findings = {
        "spf": _ask(
            lambda: read_spf(resolver.texts(domain), domain=domain, include=_INCLUDES.get(mode, ""))
        ),
        "dkim": _ask(lambda: _check_dkim(resolver, domain=domain, mode=mode)),
        "dmarc": _ask(lambda: _check_dmarc(resolver, domain=domain, organisation=organisation)),
    }
    before = DomainCheck.objects.filter(pk=domain).first()
    results = {
        name: _known(name, finding, before=before, now=now) for name, finding in findings.items()
    }
    details = {name: asdict(finding) for name, finding in findings.items()}
    check, _ = DomainCheck.objects.update_or_create(
        pk=domain, defaults={"checked_at": now, "details": details, **results}
    )
    return check


def _ask(read: object) -> Finding:
    try:
        return read()  # type: ignore[no-any-return,operator] # one of the lambdas above
    except NoAnswer as error:
        return Finding(
            CheckResult.UNKNOWN,
            "",
            f"DNS did not answer ({error}). HossAgent asks again soon."[:300],
        )


def _check_dkim(resolver: Resolver, *, domain: str, mode: EmailMode) -> Finding:
    selectors = _SELECTORS.get(mode, _COMMON_SELECTORS)
    found = {name: resolver.texts(f"{name}._domainkey.{domain}") for name in selectors}
    return read_dkim(found, domain=domain, is_selector_known=mode in _SELECTORS)


def _check_dmarc(resolver: Resolver, *, domain: str, organisation: str) -> Finding:
    """The domain's own record, else the organisation's (RFC 7489, section 6.6.3)."""
    records = resolver.texts(f"_dmarc.{domain}")
    if not records and organisation != domain:
        return read_dmarc(resolver.texts(f"_dmarc.{organisation}"), domain=organisation)
    return read_dmarc(records, domain=domain)


def _known(name: str, finding: Finding, *, before: DomainCheck | None, now: datetime) -> str:
    """The new result, or the one before while DNS is silent for a while."""
    was_silent = finding.sentence.startswith("DNS did not answer")
    if was_silent and before is not None and now - before.checked_at < KEEP_KNOWN:
        return str(getattr(before, name))
    return finding.result


def check_next(*, now: datetime) -> bool:
    """Check the sending domain when it is due; False when there is nothing to check."""
    if not subsystems.email().is_live:
        return False
    domain = get_sender_address().rpartition("@")[2].lower()
    check = DomainCheck.objects.filter(pk=domain).first()
    if check is not None:
        is_good = CheckResult.FAIL not in {check.spf, check.dkim, check.dmarc} and (
            CheckResult.UNKNOWN not in {check.spf, check.dmarc}
        )
        if now < check.checked_at + (RECHECK_GOOD if is_good else RECHECK_BAD):
            return False
    check_domain(domain=domain, now=now)
    return True
