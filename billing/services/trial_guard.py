"""The trial guard: one free trial per agency, decided from signals and recorded."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from billing.models import Subscription, TrialGuardKey, TrialIdentity
from billing.states import TrialOutcome
from billing.trial_rules import (
    WEIGHTS,
    Decision,
    Signal,
    TrialSignals,
    company_domain_of,
    is_disposable_address,
    mailbox_of,
    score_signup,
)
from hossagent.lib.signing import hash_with_key

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("billing.trial_guard")

# Somebody else gets the IP address after a while; a browser and a domain last longer.
REMEMBER_IP = timedelta(days=90)
REMEMBER_DEVICE = timedelta(days=365)
REMEMBER_ALL = timedelta(days=3 * 365)

HASHED = frozenset(
    str(signal)
    for signal in (Signal.MAILBOX, Signal.COMPANY_DOMAIN, Signal.IP, Signal.DEVICE, Signal.CARD)
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks for a trial, in clear text. Lives only as long as the request."""

    email: str
    ip: str = ""
    device: str = ""
    card_fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class _Hashes:
    mailbox_hash: str
    domain_hash: str
    ip_hash: str
    device_hash: str
    card_hash: str


def decide(*, applicant: Applicant, now: datetime) -> TrialIdentity:
    """Decide on a trial and record the decision. The caller sets `TrialIdentity.customer`
    in the same transaction.

    When two sign-ups with one mailbox arrive at the same moment, the second is decided
    again and sees the first.
    """
    hashes = _hashes_of(applicant)
    decision = score_signup(_signals_of(applicant, hashes, now=now))
    try:
        with transaction.atomic():
            row = _record_decision(hashes, decision, now=now)
    except IntegrityError:
        decision = score_signup(_signals_of(applicant, hashes, now=now))
        row = _record_decision(hashes, decision, now=now)
    logger.info("[TRIAL][DECIDED] outcome=%s score=%s identity=%s", row.outcome, row.score, row.pk)
    return row


def _hashes_of(applicant: Applicant) -> _Hashes:
    keys = _signal_keys()

    def hashed(value: str, signal: Signal) -> str:
        return hash_with_key(value, key=keys[signal]) if value else ""

    return _Hashes(
        mailbox_hash=hashed(mailbox_of(applicant.email), Signal.MAILBOX),
        domain_hash=hashed(company_domain_of(applicant.email), Signal.COMPANY_DOMAIN),
        ip_hash=hashed(applicant.ip, Signal.IP),
        device_hash=hashed(applicant.device, Signal.DEVICE),
        card_hash=hashed(applicant.card_fingerprint, Signal.CARD),
    )


def _signal_keys() -> dict[str, str]:
    """The hash key of each signal, created on first use and never changed."""
    known = dict(TrialGuardKey.objects.values_list("signal", "key"))
    if missing := HASHED - known.keys():
        # Of two processes that create them at once, the later one reads the earlier one's.
        TrialGuardKey.objects.bulk_create(
            [TrialGuardKey(signal=signal, key=secrets.token_hex(32)) for signal in missing],
            ignore_conflicts=True,
        )
        known = dict(TrialGuardKey.objects.values_list("signal", "key"))
    return known


def _signals_of(
    applicant: Applicant, hashes: _Hashes, *, now: datetime, ignoring: int | None = None
) -> TrialSignals:
    """What earlier trials have in common with this one, those of customer `ignoring`
    left out."""
    trials = TrialIdentity.objects.with_trial()
    if ignoring is not None:
        trials = trials.exclude(customer_id=ignoring)

    def count(name: str, value: str, within: timedelta) -> int:
        if not value:
            return 0
        return trials.filter(**{name: value}, decided_at__gt=now - within).count()

    return TrialSignals(
        mailbox=count("mailbox_hash", hashes.mailbox_hash, REMEMBER_ALL),
        card=count("card_hash", hashes.card_hash, REMEMBER_ALL),
        device=count("device_hash", hashes.device_hash, REMEMBER_DEVICE),
        company_domain=count("domain_hash", hashes.domain_hash, REMEMBER_DEVICE),
        ip=count("ip_hash", hashes.ip_hash, REMEMBER_IP),
        is_disposable=is_disposable_address(applicant.email),
    )


def _record_decision(hashes: _Hashes, decision: Decision, *, now: datetime) -> TrialIdentity:
    return TrialIdentity.objects.create(
        outcome=TrialOutcome.TRIAL if decision.gives_trial else TrialOutcome.NO_TRIAL,
        score=decision.score,
        signals=[
            {"signal": str(signal), "weight": WEIGHTS[signal], "matches": count}
            for signal, count in decision.signals
        ],
        mailbox_hash=hashes.mailbox_hash,
        domain_hash=hashes.domain_hash,
        ip_hash=hashes.ip_hash,
        device_hash=hashes.device_hash,
        card_hash=hashes.card_hash,
        decided_at=now,
    )


@transaction.atomic
def record_card(*, customer: Customer, fingerprint: str, now: datetime) -> bool:
    """Record the card that a customer used at checkout. False when another customer has
    had a trial with it.

    The decision then becomes "no trial", and a local trial that is still running ends now.
    The caller ends Stripe's own trial. A trial granted by the operator stays.
    """
    row = TrialIdentity.objects.select_for_update().filter(customer=customer).first()
    if row is None or (row.outcome != TrialOutcome.TRIAL and row.granted_at is None):
        return True
    applicant = Applicant(email="", card_fingerprint=fingerprint)
    hashes = _hashes_of(applicant)
    seen = 0
    if row.granted_at is None:
        seen = _signals_of(applicant, hashes, now=now, ignoring=customer.pk).card
    row.card_hash = hashes.card_hash
    if seen:
        row.outcome = TrialOutcome.NO_TRIAL
        row.score += WEIGHTS[Signal.CARD]
        row.signals = [
            *row.signals,
            {"signal": str(Signal.CARD), "weight": WEIGHTS[Signal.CARD], "matches": seen},
        ]
        Subscription.objects.filter(
            pk=customer.pk, trial_started_at__lt=now, trial_ends_at__gt=now
        ).update(trial_ends_at=now)
        logger.info("[TRIAL][CARD_SEEN] identity=%s", row.pk)
    row.save(update_fields=["outcome", "score", "signals", "card_hash"])
    return not seen


def forget_next(*, now: datetime) -> bool:
    """Delete what is past its retention: IP addresses after 90 days, browsers and domains
    after a year, the whole decision after three. True when something was deleted."""
    old = TrialIdentity.objects
    return bool(
        old.filter(decided_at__lt=now - REMEMBER_ALL).delete()[0]
        + old.filter(decided_at__lt=now - REMEMBER_IP).exclude(ip_hash="").update(ip_hash="")
        + old.filter(decided_at__lt=now - REMEMBER_DEVICE)
        .exclude(device_hash="", domain_hash="")
        .update(device_hash="", domain_hash="")
    )
