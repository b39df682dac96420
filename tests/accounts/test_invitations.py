"""An invitation is accepted once, under the invited address, and never by a look."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from accounts.models import AuditEvent, Customer, Invitation, Membership, User
from accounts.services.invitations import invite
from accounts.states import Role
from tests.clients import SiteClient
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory, UserFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

BOB = "bob@agency.test"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def customer() -> Customer:
    made: Customer = CustomerFactory.create(company="Northside")
    return made


def link(customer: Customer, *, email: str = BOB, role: Role = Role.MEMBER) -> str:
    _, token = invite(
        customer=customer,
        email=email,
        role=role,
        by="ann@agency.test",
        expires_at=NOON + timedelta(days=7),
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

    assert "Take over Northside" in client.get(path).content.decode()
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


def test_a_second_invitation_raises_the_role_and_never_lowers_it(
    client: SiteClient, customer: Customer
) -> None:
    membership = MembershipFactory.create(
        user=UserFactory.create(email=BOB), customer=customer, role=Role.VIEWER
    )

    client.post(link(customer, role=Role.MEMBER))
    client.post(link(customer, role=Role.VIEWER))

    membership.refresh_from_db()
    assert membership.role == Role.MEMBER


def test_it_signs_the_invited_person_in_and_whoever_was_there_out(
    client: SiteClient, customer: Customer
) -> None:
    eve = MembershipFactory.create(user__email="eve@agency.test").user
    client.force_login(eve)
    path = link(customer)

    assert "You are signed in here as eve@agency.test" in client.get(path).content.decode()
    client.post(path)

    assert client.session["_auth_user_id"] == str(User.objects.get(email=BOB).pk)
    assert not Membership.objects.filter(user=eve, customer=customer).exists()


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
