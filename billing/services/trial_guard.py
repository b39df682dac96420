"""The trial guard: one trial per agency, decided from weighed signals and written down."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from billing.models import Subscription, TrialGuardKey, TrialIdentity
from billing.rules import (
    WEIGHTS,
    Decision,
    Evidence,
    Signal,
    company_domain_of,
    is_disposable_address,
    mailbox_of,
    weigh,
)
from billing.states import TrialOutcome
from hossagent.lib.signing import hash_with_key

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("billing.trial_guard")

# An address is somebody else's after a while; a browser and a domain last longer.
REMEMBER_IP = timedelta(days=90)
REMEMBER_DEVICE = timedelta(days=365)
REMEMBER_ALL = timedelta(days=3 * 365)


HASHED = frozenset(
    str(signal)
    for signal in (Signal.MAILBOX, Signal.COMPANY_DOMAIN, Signal.IP, Signal.DEVICE, Signal.CARD)
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks for a trial, in clear text, for as long as the request lasts."""

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


def _keys() -> dict[str, str]:
    """The key of each signal: made when it is first needed, and the same ever after."""
    known = dict(TrialGuardKey.objects.values_list("signal", "key"))
    if missing := HASHED - known.keys():
        # Whoever is first makes them; a second one at the same moment reads the first's.
        TrialGuardKey.objects.bulk_create(
            [TrialGuardKey(signal=signal, key=secrets.token_hex(32)) for signal in missing],
            ignore_conflicts=True,
        )
        known = dict(TrialGuardKey.objects.values_list("signal", "key"))
    return known


def _hashes(applicant: Applicant) -> _Hashes:
    keys = _keys()

    def hashed(value: str, signal: Signal) -> str:
        return hash_with_key(value, key=keys[signal]) if value else ""

    return _Hashes(
        mailbox_hash=hashed(mailbox_of(applicant.email), Signal.MAILBOX),
        domain_hash=hashed(company_domain_of(applicant.email), Signal.COMPANY_DOMAIN),
        ip_hash=hashed(applicant.ip, Signal.IP),
        device_hash=hashed(applicant.device, Signal.DEVICE),
        card_hash=hashed(applicant.card_fingerprint, Signal.CARD),
    )


def _evidence(
    applicant: Applicant, hashes: _Hashes, *, now: datetime, besides: int | None = None
) -> Evidence:
    trials = TrialIdentity.objects.with_trial()
    if besides is not None:
        trials = trials.exclude(customer_id=besides)

    def count(name: str, value: str, within: timedelta) -> int:
        if not value:
            return 0
        return trials.filter(**{name: value}, decided_at__gt=now - within).count()

    return Evidence(
        mailbox=count("mailbox_hash", hashes.mailbox_hash, REMEMBER_ALL),
        card=count("card_hash", hashes.card_hash, REMEMBER_ALL),
        device=count("device_hash", hashes.device_hash, REMEMBER_DEVICE),
        company_domain=count("domain_hash", hashes.domain_hash, REMEMBER_DEVICE),
        ip=count("ip_hash", hashes.ip_hash, REMEMBER_IP),
        is_disposable=is_disposable_address(applicant.email),
    )


def decide(*, applicant: Applicant, now: datetime) -> TrialIdentity:
    """Decide on a trial and write the decision down; the caller's transaction adds the
    customer to it (`TrialIdentity.customer`).

    Of two sign-ups with one mailbox at the same moment, the second is decided anew and
    sees the first.
    """
    hashes = _hashes(applicant)
    decision = weigh(_evidence(applicant, hashes, now=now))
    try:
        with transaction.atomic():
            row = _keep(hashes, decision, now=now)
    except IntegrityError:
        row = _keep(hashes, weigh(_evidence(applicant, hashes, now=now)), now=now)
    logger.info("[TRIAL][DECIDED] outcome=%s score=%s identity=%s", row.outcome, row.score, row.pk)
    return row


def _keep(hashes: _Hashes, decision: Decision, *, now: datetime) -> TrialIdentity:
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
def note_card(*, customer: Customer, fingerprint: str, now: datetime) -> bool:
    """The card that a customer gave at checkout; False when it has had a trial elsewhere.

    Then the decision is changed to "no trial" and a local trial that is still running
    ends now; what Stripe should do about its own trial is the caller's business. A trial
    that the operator granted is not taken away.
    """
    row = TrialIdentity.objects.select_for_update().filter(customer=customer).first()
    if row is None or (row.outcome != TrialOutcome.TRIAL and row.granted_at is None):
        return True
    applicant = Applicant(email="", card_fingerprint=fingerprint)
    hashes = _hashes(applicant)
    seen = 0
    if row.granted_at is None:
        seen = _evidence(applicant, hashes, now=now, besides=customer.pk).card
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
    """Retention: addresses after 90 days, browsers and domains after a year, the whole
    decision after three. True when something was forgotten."""
    old = TrialIdentity.objects
    return bool(
        old.filter(decided_at__lt=now - REMEMBER_ALL).delete()[0]
        + old.filter(decided_at__lt=now - REMEMBER_IP).exclude(ip_hash="").update(ip_hash="")
        + old.filter(decided_at__lt=now - REMEMBER_DEVICE)
        .exclude(device_hash="", domain_hash="")
        .update(device_hash="", domain_hash="")
    )
