"""Does this sign-up get a free trial? Values in, decision out.

No trial is not a refusal of the product: the person can subscribe at once or write to us.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from hossagent.lib.mail_domains import is_disposable, is_free_mail
from hossagent.lib.text import registrable_domain

# A score from here on means no trial.
THRESHOLD = 100


class Signal(StrEnum):
    MAILBOX = "mailbox"
    CARD = "card"
    DEVICE = "device"
    DISPOSABLE = "disposable"
    COMPANY_DOMAIN = "company_domain"
    COMPANY_DOMAIN_AGAIN = "company_domain_again"
    IP = "ip"


# A mailbox, a card or a browser belongs to one customer, and no company uses a disposable
# mailbox, so each of these decides alone. A company's domain or a shared office address
# does not: it takes both, or a company that has had two trials.
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
class TrialSignals:
    """How many earlier trials share each signal with this sign-up."""

    mailbox: int = 0
    card: int = 0
    device: int = 0
    company_domain: int = 0
    ip: int = 0
    is_disposable: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The score, and each signal found with the number of earlier trials behind it."""

    score: int
    signals: tuple[tuple[Signal, int], ...]

    @property
    def gives_trial(self) -> bool:
        return self.score < THRESHOLD


def score_signup(signals: TrialSignals) -> Decision:
    """Add up the weights of the signals found. `THRESHOLD` and above means no trial."""
    matches = (
        (Signal.MAILBOX, signals.mailbox),
        (Signal.CARD, signals.card),
        (Signal.DEVICE, signals.device),
        (Signal.DISPOSABLE, int(signals.is_disposable)),
        (Signal.COMPANY_DOMAIN, signals.company_domain),
        (Signal.COMPANY_DOMAIN_AGAIN, max(signals.company_domain - 1, 0)),
        (Signal.IP, signals.ip),
    )
    found = tuple((signal, count) for signal, count in matches if count)
    return Decision(sum(WEIGHTS[signal] for signal, _ in found), found)


GMAIL = frozenset({"gmail.com", "googlemail.com"})


def mailbox_of(email: str) -> str:
    """The mailbox behind an address, without case, plus tags and Gmail's dots.

    Looser than `lib.text.normal_email` on purpose. Here two spellings of one person have to
    match; there two different people must not.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def company_domain_of(email: str) -> str:
    """The company's own domain; empty when the domain belongs to a mail provider."""
    host = email.rpartition("@")[2].strip().lower()
    if is_free_mail(host) or is_disposable(host):
        return ""
    return registrable_domain(host)


def is_disposable_address(email: str) -> bool:
    return is_disposable(email.rpartition("@")[2].strip().lower())
