"""The trial guard's weighing: who has had a trial before? Values in, decision out.

No trial is never a refusal of the product: the person may subscribe at once or write to us.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from hossagent.lib.mail_domains import is_disposable, is_free_mail
from hossagent.lib.text import registrable_domain

THRESHOLD = 100


class Signal(StrEnum):
    MAILBOX = "mailbox"
    CARD = "card"
    DEVICE = "device"
    DISPOSABLE = "disposable"
    COMPANY_DOMAIN = "company_domain"
    COMPANY_DOMAIN_AGAIN = "company_domain_again"
    IP = "ip"


# One mailbox, card or browser is one customer; a throw-away mailbox is nobody's company.
# A company's domain or a shared office address alone never blocks; both together do, and
# so does a company that has had two trials.
WEIGHTS = {
    Signal.MAILBOX: 100,
    Signal.CARD: 100,
    Signal.DEVICE: 100,
    Signal.DISPOSABLE: 100,
    Signal.COMPANY_DOMAIN: 70,
    Signal.COMPANY_DOMAIN_AGAIN: 30,
    Signal.IP: 30,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many earlier trials share each signal with this sign-up."""

    mailbox: int = 0
    card: int = 0
    device: int = 0
    company_domain: int = 0
    ip: int = 0
    is_disposable: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    score: int
    signals: tuple[tuple[Signal, int], ...]
    """Each signal found, with the number of earlier trials behind it."""

    @property
    def gives_trial(self) -> bool:
        return self.score < THRESHOLD


def weigh(evidence: Evidence) -> Decision:
    """Add up the weights of what was found; `THRESHOLD` and above means no trial."""
    found = (
        (Signal.MAILBOX, evidence.mailbox),
        (Signal.CARD, evidence.card),
        (Signal.DEVICE, evidence.device),
        (Signal.DISPOSABLE, int(evidence.is_disposable)),
        (Signal.COMPANY_DOMAIN, evidence.company_domain),
        (Signal.COMPANY_DOMAIN_AGAIN, max(evidence.company_domain - 1, 0)),
        (Signal.IP, evidence.ip),
    )
    signals = tuple((signal, count) for signal, count in found if count)
    return Decision(sum(WEIGHTS[signal] for signal, _ in signals), signals)


GMAIL = frozenset({"gmail.com", "googlemail.com"})


def mailbox_of(email: str) -> str:
    """The mailbox behind an address: case, plus tags and Gmail's dots are disguise.

    Looser than `lib.text.normal_email` on purpose: here two spellings of one person must
    meet, there two people must not.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def company_domain_of(email: str) -> str:
    """The company's own domain; empty where the domain belongs to a mail provider."""
    host = email.rpartition("@")[2].strip().lower()
    if is_free_mail(host) or is_disposable(host):
        return ""
    return registrable_domain(host)


def is_disposable_address(email: str) -> bool:
    return is_disposable(email.rpartition("@")[2].strip().lower())
