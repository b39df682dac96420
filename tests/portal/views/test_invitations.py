"""An invitation is accepted once, under the invited address, and never by a look."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from accounts.models import AuditEvent, Customer, Invitation, Membership, OutboxMail, User
from accounts.services.invitations import invite
from accounts.states import Role
from billing.entitlements import get_trial_days_left
from billing.models import TrialIdentity
from billing.services.trial_guard import Applicant, decide
from billing.states import TrialOutcome
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    pass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

BOB = "bob@agency.test"


@pytest.fixture
def customer() -> Customer:
    made: Customer = CustomerFactory.create(company="Northside")
    return made


def link(customer: Customer, *, email: str = BOB, role: Role = Role.MEMBER, days: int = 7) -> str:
    _, token = invite(
        customer=customer,
        email=email,
        role=role,
        by="ann@agency.test",
        expires_at=NOON + timedelta(days=days),
        now=NOON,
    )
    return f"/invitation/{token}/"


def test_a_new_person_joins_signs_in_and_is_verified(
    client: SiteClient, customer: Customer
) -> None:
    path = link(customer)

    for _ in range(3):
        assert "Join Northside" in client.get(path).content.decode()
        client.head(path)
    assert Membership.objects.count() == 0
    answer = client.post(path)

    assert answer["Location"] == "/portal/"
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == (BOB, Role.MEMBER)
    assert membership.user.email_verified_at == NOON
    assert client.get("/portal/").status_code == 200
    assert AuditEvent.objects.filter(action="invitation.accept").count() == 1


def test_an_opened_customer_is_claimed_by_its_owner(client: SiteClient, customer: Customer) -> None:
    path = link(customer, role=Role.OWNER)

    assert "Join Northside as an owner" in client.get(path).content.decode()
    client.post(path)

    assert Membership.objects.get().role == Role.OWNER


def test_it_works_once(client: SiteClient, customer: Customer) -> None:
    path = link(customer)
    client.post(path)

    assert SiteClient().post(path).status_code == 410
    assert SiteClient().get(path).status_code == 410


@pytest.mark.parametrize("end", ["expired", "revoked", "closed", "made up"])
def test_a_dead_invitation_is_gone(
    client: SiteClient, customer: Customer, at_noon: time_machine.Traveller, end: str
) -> None:
    path = link(customer)
    match end:
        case "expired":
            at_noon.shift(timedelta(days=7))
        case "revoked":
            Invitation.objects.update(revoked_at=NOON)
        case "closed":
            Customer.objects.update(closed_at=NOON, autopilot=False)
        case _:
            path = path[:-4] + "xxx/"

    assert client.get(path).status_code == client.post(path).status_code == 410
    assert User.objects.count() == 0


def test_a_person_with_another_customer_lands_in_the_new_one(
    client: SiteClient, customer: Customer
) -> None:
    bob = MembershipFactory.create(user__email=BOB).user
    client.force_login(bob)

    client.post(link(customer))

    assert client.session["customer_id"] == customer.pk
    assert "Northside" in client.get("/portal/").content.decode()


def test_a_second_invitation_never_lowers_the_role(client: SiteClient, customer: Customer) -> None:
    """It can raise it."""
    membership = MembershipFactory.create(
        user=UserFactory.create(email=BOB), customer=customer, role=Role.VIEWER
    )

    client.force_login(membership.user)

    client.post(link(customer, role=Role.MEMBER))
    client.post(link(customer, role=Role.VIEWER))

    membership.refresh_from_db()
    assert membership.role == Role.MEMBER


def test_it_signs_in_the_invited_person_and_nobody_else(
    client: SiteClient, customer: Customer
) -> None:
    """Whoever was signed in there is signed out."""
    eve = MembershipFactory.create(user__email="eve@agency.test").user
    client.force_login(eve)
    path = link(customer)

    assert "You are signed in as eve@agency.test" in client.get(path).content.decode()
    client.post(path)

    assert client.session["_auth_user_id"] == str(User.objects.get(email=BOB).pk)
    assert not Membership.objects.filter(user=eve, customer=customer).exists()


def test_whoever_has_an_account_signs_in_to_it_before_accepting(
    client: SiteClient, customer: Customer
) -> None:
    """A link that was passed on opens nothing that Bob already has."""
    MembershipFactory.create(user__email=BOB)
    path = link(customer)

    page = client.get(path).content.decode()
    answer = client.post(path)

    assert ("Send me a sign-in email" in page, "Accept and sign in" in page) == (True, False)
    assert answer["Location"] == "/login/sent"
    assert "_auth_user_id" not in client.session
    assert Membership.objects.filter(customer=customer).count() == 0
    assert Invitation.objects.get().accepted_at is None
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.kind) == (BOB, "accounts/login")
    sign_in = re.search(r"/login/link/\S+", mail.text)
    assert sign_in
    assert client.get(sign_in[0])["Location"] == path
    assert client.post(path)["Location"] == "/portal/"
    assert Membership.objects.get(customer=customer).user.email == BOB


def test_asking_for_the_sign_in_mail_again_and_again_is_stopped(
    client: SiteClient, customer: Customer
) -> None:
    MembershipFactory.create(user__email=BOB)
    path = link(customer)

    places = [client.post(path)["Location"] for _ in range(4)]

    assert places == [*["/login/sent"] * 3, path]
    assert "Too many requests" in client.get(path).content.decode()
    assert OutboxMail.objects.count() == 3


class TestClaims:
    """A customer that was opened for a prospect: nobody belongs to it, and no trial runs."""

    @pytest.fixture
    def opened(self) -> Customer:
        made: Customer = CustomerFactory.create(
            company="Bright", subscription__trial_started_at=None, subscription__trial_ends_at=None
        )
        return made

    def test_the_trial_begins_with_the_claim(
        self, client: SiteClient, opened: Customer, at_noon: time_machine.Traveller
    ) -> None:
        path = link(opened, role=Role.OWNER, days=14)
        at_noon.shift(timedelta(days=13))

        answer = client.post(path)

        assert answer["Location"] == "/portal/"
        claimed = Customer.objects.select_related("subscription").get()
        assert get_trial_days_left(claimed, now=NOON + timedelta(days=13)) == 7
        assert claimed.subscription.trial_started_at == NOON + timedelta(days=13)
        decision = TrialIdentity.objects.get()
        assert (decision.customer, decision.outcome) == (opened, TrialOutcome.TRIAL)
        assert re.fullmatch(r"[\w-]{22}", client.cookies["hoss_device"].value)

    def test_an_unused_trial_begins_with_the_claim_again(
        self, client: SiteClient, customer: Customer, at_noon: time_machine.Traveller
    ) -> None:
        path = link(customer, role=Role.OWNER, days=14)
        at_noon.shift(timedelta(days=10))

        client.post(path)

        claimed = Customer.objects.select_related("subscription").get()
        assert get_trial_days_left(claimed, now=NOON + timedelta(days=10)) == 7

    def test_whoever_had_a_trial_gets_the_customer_without_one(
        self, client: SiteClient, opened: Customer
    ) -> None:
        decide(applicant=Applicant(BOB), now=NOON)

        answer = client.post(link(opened, role=Role.OWNER))

        assert answer["Location"] == "/signup/no-trial"
        claimed = Customer.objects.select_related("subscription").get()
        assert claimed.subscription.trial_started_at is None
        assert Membership.objects.get().role == Role.OWNER
        assert "already had a trial" in client.get("/signup/no-trial").content.decode()

    def test_the_second_owner_starts_nothing(
        self, client: SiteClient, opened: Customer, at_noon: time_machine.Traveller
    ) -> None:
        client.post(link(opened, role=Role.OWNER))
        at_noon.shift(timedelta(days=3))

        SiteClient().post(link(opened, email="cid@agency.test", role=Role.OWNER))

        assert Membership.objects.count() == 2
        assert TrialIdentity.objects.count() == 1
        claimed = Customer.objects.select_related("subscription").get()
        assert claimed.subscription.trial_started_at == NOON

    def test_nobody_gets_a_trial_by_leaving_and_coming_back(
        self, client: SiteClient, opened: Customer, at_noon: time_machine.Traveller
    ) -> None:
        client.post(link(opened, role=Role.OWNER))
        at_noon.shift(timedelta(days=6))
        Membership.objects.all().delete()

        SiteClient().post(link(opened, email="cid@agency.test", role=Role.OWNER))

        claimed = Customer.objects.select_related("subscription").get()
        assert claimed.subscription.trial_started_at == NOON

    def test_the_house_has_no_trial(self, client: SiteClient) -> None:
        house = CustomerFactory.create(is_house=True, subscription__is_complimentary=True)

        client.post(link(house, role=Role.OWNER))

        assert TrialIdentity.objects.count() == 0


def test_an_operator_cannot_become_a_customers_person(
    client: SiteClient, customer: Customer
) -> None:
    UserFactory.create(email=BOB, is_staff=True)

    assert client.post(link(customer)).status_code == 410
    assert Membership.objects.count() == 0
    assert Invitation.objects.get().accepted_at is None


def test_a_squatter_on_the_invited_address_loses_the_sessions(
    client: SiteClient, customer: Customer
) -> None:
    squatted = MembershipFactory.create(user__email=BOB, user__email_verified_at=None).user
    squatter = SiteClient()
    squatter.force_login(squatted)

    client.post(link(customer))

    assert squatter.get("/portal/").status_code == 302
