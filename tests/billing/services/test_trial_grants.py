"""The operator gives a trial that the guard refused: once, audited, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer, OutboxMail
from agents.admin.actions import offered_actions
from billing.entitlements import PlanStatus, get_plan_status
from billing.models import Subscription, TrialIdentity
from billing.services import trial_grants, trial_guard
from billing.services.trial_guard import Applicant
from billing.states import SubscriptionStatus, TrialOutcome
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db

HOSS = "hoss@hossagent.test"


@pytest.fixture
def refused() -> Customer:
    """Signed up from a throw-away mailbox: an account without a trial."""
    customer: Customer = CustomerFactory.create(
        company="Northside", subscription__trial_started_at=None, subscription__trial_ends_at=None
    )
    decision = trial_guard.decide(applicant=Applicant("ann@mailinator.com"), now=NOON)
    TrialIdentity.objects.filter(pk=decision.pk).update(customer=customer)
    return customer


def loaded(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def test_the_trial_begins_and_everybody_knows(refused: Customer) -> None:
    later = NOON + timedelta(days=2)

    trial_grants.grant_trial(customer=refused, by=HOSS, now=later)

    row = loaded(refused).subscription
    assert (row.trial_started_at, row.trial_ends_at) == (later, later + timedelta(days=7))
    assert get_plan_status(refused, now=later) is PlanStatus.TRIAL
    decision = TrialIdentity.objects.get()
    assert (decision.outcome, decision.granted_at, decision.granted_by) == (
        TrialOutcome.NO_TRIAL,
        later,
        HOSS,
    )
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.kind) == (refused.email, "billing/trial_granted")
    assert "runs until March 13, 2026" in mail.text
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.customer_id) == (HOSS, "trial.granted", refused.pk)


def test_it_is_given_once(refused: Customer) -> None:
    trial_grants.grant_trial(customer=refused, by=HOSS, now=NOON)

    with pytest.raises(trial_grants.NothingRefused):
        trial_grants.grant_trial(customer=refused, by=HOSS, now=NOON + timedelta(days=9))

    assert loaded(refused).subscription.trial_started_at == NOON
    assert OutboxMail.objects.count() == AuditEvent.objects.count() == 1


def test_a_granted_trial_counts_against_the_next_one(refused: Customer) -> None:
    device = Applicant("eve@southside.com", device="laptop")
    decision = trial_guard.decide(
        applicant=Applicant("x@mailinator.com", device="laptop"), now=NOON
    )
    TrialIdentity.objects.filter(pk=decision.pk).update(granted_at=NOON, granted_by=HOSS)

    assert trial_guard.decide(applicant=device, now=NOON).outcome == TrialOutcome.NO_TRIAL


def test_who_was_refused_nothing_gets_nothing() -> None:
    with pytest.raises(trial_grants.NothingRefused):
        trial_grants.grant_trial(customer=CustomerFactory.create(), by=HOSS, now=NOON)


@pytest.mark.parametrize(
    "columns",
    [
        {"is_complimentary": True},
        {"status": SubscriptionStatus.ACTIVE},
        {"status": SubscriptionStatus.CANCELED},
    ],
)
def test_where_rights_come_from_elsewhere_nothing_changes(
    refused: Customer, columns: dict[str, object]
) -> None:
    Subscription.objects.update(**columns)

    with pytest.raises(trial_grants.RightsComeFromElsewhere):
        trial_grants.grant_trial(customer=refused, by=HOSS, now=NOON)

    assert TrialIdentity.objects.get().granted_at is None
    assert AuditEvent.objects.count() == 0


class TestConsole:
    def test_the_decision_is_shown_with_its_signals_and_a_button(
        self, operator_client: SiteClient, refused: Customer
    ) -> None:
        decision = TrialIdentity.objects.get()
        action = reverse("admin:customer_action", args=[refused.pk, "grant-trial"])

        listed = operator_client.get("/admin/billing/trialidentity/").content.decode()
        page = reverse("admin:billing_trialidentity_change", args=[decision.pk])
        before = operator_client.get(page).content.decode()
        asked = operator_client.post(action).content.decode()
        still = TrialIdentity.objects.get().granted_at
        operator_client.post(action, {"confirmed": "1"})
        after = operator_client.get(page).content.decode()

        assert "disposable +100 (1 earlier)" in listed
        assert action in before
        assert "The trial guard refused this customer a trial." in asked
        assert still is None
        assert TrialIdentity.objects.get().granted_by == HOSS
        assert action not in after
        assert HOSS in after
        assert AuditEvent.objects.get().action == "trial.granted"

    def test_it_is_offered_to_whom_it_helps(self, refused: Customer) -> None:
        def offered(customer: Customer) -> bool:
            return "grant-trial" in {one.slug for one in offered_actions(loaded(customer))}

        before = offered(refused)
        trial_grants.grant_trial(customer=refused, by=HOSS, now=NOON)

        assert (before, offered(refused)) == (True, False)
        assert offered(CustomerFactory.create()) is False

    @pytest.mark.parametrize("complimentary", [True, False])
    def test_a_refusal_is_a_sentence(
        self, operator_client: SiteClient, refused: Customer, *, complimentary: bool
    ) -> None:
        if complimentary:
            Subscription.objects.update(is_complimentary=True)
        else:
            TrialIdentity.objects.all().delete()
        action = reverse("admin:customer_action", args=[refused.pk, "grant-trial"])

        answer = operator_client.post(action, {"confirmed": "1"}, follow=True)

        sentence = (
            "A trial would change nothing."
            if complimentary
            else "This customer was not refused a trial"
        )
        assert sentence in answer.content.decode()
        assert AuditEvent.objects.count() == 0


def test_the_page_about_no_trial_lets_whoever_has_one_go_on(
    client: SiteClient, refused: Customer
) -> None:
    client.force_login(MembershipFactory.create(customer=refused).user)
    before = client.get("/signup/no-trial")

    Subscription.objects.update(is_complimentary=True)
    after = client.get("/signup/no-trial")

    assert "permanent email address" not in before.content.decode()
    assert (before.status_code, after["Location"]) == (200, "/portal/")
