"""One trial per agency: what each signal weighs, and what is recorded."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from billing.models import TrialGuardKey, TrialIdentity
from billing.services import trial_guard
from billing.services.trial_guard import Applicant
from billing.states import TrialOutcome
from billing.trial_rules import WEIGHTS, Signal
from hossagent.lib.signing import keyed_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    import pytest_django

migration = import_module("billing.migrations.0003_trial_guard_keys")

FIRST = Applicant(email="ann.lee@northside.com", ip="203.0.113.5", device="laptop")

TRIAL, NO_TRIAL = TrialOutcome.TRIAL, TrialOutcome.NO_TRIAL

AWAY: dict[str, str] = {"ip": "198.51.100.9", "device": "phone"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("applicant", "outcome", "signals"),
    [
        # The same mailbox in disguise: case, plus tag, both
        (Applicant("Ann.Lee@Northside.com", **AWAY), NO_TRIAL, ["mailbox", "company_domain"]),
        (Applicant("ann.lee+2@northside.com", **AWAY), NO_TRIAL, ["mailbox", "company_domain"]),
        (Applicant("ANN.LEE+x@northside.COM", **AWAY), NO_TRIAL, ["mailbox", "company_domain"]),
        # Dots are a disguise at Gmail, and another mailbox elsewhere
        (Applicant("a.nn.lee@gmail.com", **AWAY), NO_TRIAL, ["mailbox"]),
        (Applicant("Annlee+again@googlemail.com", **AWAY), NO_TRIAL, ["mailbox"]),
        (Applicant("annlee@northside.com", **AWAY), TRIAL, ["company_domain"]),
        # A colleague at home; a colleague in the office; a stranger in the same office
        (Applicant("bob@northside.com", **AWAY), TRIAL, ["company_domain"]),
        (Applicant("bob@mail.northside.com", **AWAY), TRIAL, ["company_domain"]),
        (
            Applicant("bob@northside.com", ip=FIRST.ip, device="phone"),
            NO_TRIAL,
            ["company_domain", "ip"],
        ),
        (Applicant("eve@southside.com", ip=FIRST.ip, device="phone"), TRIAL, ["ip"]),
        # The same browser under a new name
        (Applicant("ann@other.com", ip=AWAY["ip"], device="laptop"), NO_TRIAL, ["device"]),
        # A throw-away mailbox
        (Applicant("ann@mailinator.com", **AWAY), NO_TRIAL, ["disposable"]),
        # Somebody else altogether; and with nothing but an address known
        (Applicant("eve@southside.com", **AWAY), TRIAL, []),
        (Applicant("eve@southside.com"), TRIAL, []),
    ],
    ids=lambda value: getattr(value, "email", None),
)
def test_who_gets_a_trial(applicant: Applicant, outcome: str, signals: list[str]) -> None:
    trial_guard.decide(applicant=FIRST, now=NOON)
    trial_guard.decide(applicant=Applicant("annlee@gmail.com", ip="192.0.2.1"), now=NOON)

    row = trial_guard.decide(applicant=applicant, now=NOON + timedelta(days=8))

    stored = TrialIdentity.objects.get(pk=row.pk)
    assert (stored.outcome, stored.decided_at) == (outcome, NOON + timedelta(days=8))
    assert stored.signals == [
        {"signal": signal, "weight": WEIGHTS[Signal(signal)], "matches": 1} for signal in signals
    ]
    assert stored.score == sum(one["weight"] for one in stored.signals)


@pytest.mark.django_db
def test_any_number_of_people_behind_one_ip_get_a_trial() -> None:
    rows = [
        trial_guard.decide(applicant=Applicant(f"a@company{n}.com", ip="203.0.113.5"), now=NOON)
        for n in range(20)
    ]

    assert {row.outcome for row in rows} == {TRIAL}


@pytest.mark.django_db
def test_a_company_that_had_two_trials_gets_no_third() -> None:
    outcomes = [
        trial_guard.decide(
            applicant=Applicant(f"{name}@northside.com", ip=f"203.0.113.{n}"), now=NOON
        ).outcome
        for n, name in enumerate(["ann", "bob", "cid"])
    ]

    assert outcomes == [TRIAL, TRIAL, NO_TRIAL]


@pytest.mark.django_db
def test_only_given_trials_count_against_anybody() -> None:
    refused = Applicant("x@mailinator.com", ip="203.0.113.5", device="kiosk")
    trial_guard.decide(applicant=refused, now=NOON)

    row = trial_guard.decide(applicant=Applicant("ann@northside.com", device="kiosk"), now=NOON)

    assert row.outcome == TRIAL


@pytest.mark.django_db
class TestKeys:
    def test_a_new_session_secret_forgets_nobody(self, settings: pytest_django.Settings) -> None:
        trial_guard.decide(applicant=FIRST, now=NOON)

        settings.SECRET_KEY = "rotated"
        row = trial_guard.decide(applicant=FIRST, now=NOON)

        assert (row.outcome, [one["signal"] for one in row.signals]) == (
            NO_TRIAL,
            ["mailbox", "device", "company_domain", "ip"],
        )

    def test_each_signal_has_a_key_of_its_own_that_stays(self) -> None:
        def stored() -> dict[str, str]:
            return dict(TrialGuardKey.objects.values_list("signal", "key"))

        trial_guard.decide(applicant=FIRST, now=NOON)
        first = stored()
        trial_guard.decide(applicant=Applicant("eve@southside.com"), now=NOON)

        assert stored() == first
        assert sorted(first) == ["card", "company_domain", "device", "ip", "mailbox"]
        assert len(set(first.values())) == 5
        assert {len(key) for key in first.values()} == {64}

    def test_the_migration_keeps_rows_made_under_the_session_secret(
        self, settings: pytest_django.Settings
    ) -> None:
        def old(value: str, signal: str) -> str:
            return keyed_hash(value, salt=f"billing.trial-guard:{signal}")

        TrialIdentity.objects.create(
            outcome=TRIAL,
            score=0,
            mailbox_hash=old("ann.lee@northside.com", "mailbox"),
            domain_hash=old("northside.com", "company_domain"),
            ip_hash=old("203.0.113.5", "ip"),
            device_hash=old("laptop", "device"),
            card_hash=old("fp", "card"),
            decided_at=NOON,
        )

        migration.keep_keys(apps, None)
        settings.SECRET_KEY = "rotated"
        row = trial_guard.decide(
            applicant=Applicant(FIRST.email, FIRST.ip, FIRST.device, "fp"), now=NOON
        )

        assert [one["signal"] for one in row.signals] == [
            "mailbox",
            "card",
            "device",
            "company_domain",
            "ip",
        ]

    def test_the_migration_makes_no_keys_where_there_are_no_rows(self) -> None:
        migration.keep_keys(apps, None)

        assert TrialGuardKey.objects.count() == 0


@pytest.mark.django_db
def test_nothing_in_the_row_can_be_read_back() -> None:
    trial_guard.decide(applicant=FIRST, now=NOON)

    stored = str(TrialIdentity.objects.values().get())
    for clear in ("ann", "northside", "203.0.113", "laptop"):
        assert clear not in stored


@pytest.mark.django_db
def test_addresses_are_forgotten_first_and_the_mailbox_last() -> None:
    row = trial_guard.decide(applicant=FIRST, now=NOON)

    def kept(days: int) -> list[bool]:
        trial_guard.forget_next(now=NOON + timedelta(days=days, seconds=1))
        found = TrialIdentity.objects.filter(pk=row.pk).first()
        if found is None:
            return []
        return [bool(found.ip_hash), bool(found.device_hash), bool(found.mailbox_hash)]

    assert [kept(89), kept(90), kept(365), kept(3 * 365)] == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
        [],
    ]


class TestCards:
    @pytest.fixture
    def customers(self, db: None) -> list[Any]:
        made = []
        for name in ("one", "two"):
            customer = CustomerFactory.create()
            row = trial_guard.decide(applicant=Applicant(f"a@{name}.com"), now=NOON)
            row.customer = customer
            row.save()
            made.append(customer)
        return made

    def test_a_card_that_had_a_trial_ends_the_second_one(self, customers: list[Any]) -> None:
        first, second = customers
        later = NOON + timedelta(hours=1)

        assert trial_guard.record_card(customer=first, fingerprint="fp", now=later) is True
        assert trial_guard.record_card(customer=second, fingerprint="fp", now=later) is False

        second.subscription.refresh_from_db()
        first.subscription.refresh_from_db()
        assert second.subscription.trial_ends_at == later
        assert first.subscription.trial_ends_at == NOON + timedelta(days=7)
        stored = TrialIdentity.objects.get(customer=second)
        assert (stored.outcome, stored.signals[-1]["signal"]) == (NO_TRIAL, "card")

    def test_a_granted_trial_is_not_taken_away_by_a_card(self, customers: list[Any]) -> None:
        first, second = customers
        TrialIdentity.objects.filter(customer=second).update(
            outcome=NO_TRIAL, granted_at=NOON, granted_by="hoss"
        )
        later = NOON + timedelta(hours=1)
        trial_guard.record_card(customer=first, fingerprint="fp", now=later)

        assert trial_guard.record_card(customer=second, fingerprint="fp", now=later) is True

        second.subscription.refresh_from_db()
        assert second.subscription.trial_ends_at == NOON + timedelta(days=7)
        hashes = TrialIdentity.objects.values_list("card_hash", flat=True)
        assert len(set(hashes)) == 1

    def test_a_card_says_nothing_about_who_had_no_trial(self, customers: list[Any]) -> None:
        stranger = CustomerFactory.create()
        TrialIdentity.objects.filter(customer=customers[0]).update(outcome=NO_TRIAL)

        for customer in (stranger, customers[0]):
            assert trial_guard.record_card(customer=customer, fingerprint="fp", now=NOON) is True

        assert set(TrialIdentity.objects.values_list("card_hash", flat=True)) == {""}

    def test_the_same_card_of_the_same_customer_is_fine(self, customers: list[Any]) -> None:
        for _ in range(2):
            assert (
                trial_guard.record_card(customer=customers[0], fingerprint="fp", now=NOON) is True
            )
