"""Signing up: one form, one account, one trial, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import AuditEvent, Customer, Membership, OutboxMail, User
from accounts.states import Role
from billing.entitlements import get_trial_days_left
from billing.models import TrialIdentity
from tests.conftest import NOON
from tests.factories import MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

FORM = {
    "company": "Northside Growth",
    "contact_name": "Ann Lee",
    "email": "Ann@Northside.com",
    "niche": "dental clinics",
    "geography": "Austin, Texas",
    "terms": "on",
}


def sign_up(client: SiteClient, **changes: str) -> Any:
    form = {key: value for key, value in {**FORM, **changes}.items() if value}
    return client.post("/signup", form)


def test_one_form_opens_everything_and_signs_in(client: SiteClient) -> None:
    answer = sign_up(client)

    assert answer["Location"] == "/portal/"
    customer = Customer.objects.select_related("subscription", "profile").get()
    membership = Membership.objects.get()
    assert (customer.company, customer.contact_name) == ("Northside Growth", "Ann Lee")
    assert (customer.niche, customer.geography) == ("dental clinics", "Austin, Texas")
    assert customer.email == membership.user.email == "ann@northside.com"
    assert (membership.role, membership.user.email_verified_at) == (Role.OWNER, None)
    assert get_trial_days_left(customer, now=NOON) == 7
    assert TrialIdentity.objects.get().customer == customer
    assert OutboxMail.objects.get().kind == "accounts/confirm_address"
    assert [event.action for event in AuditEvent.objects.filter(action="signed_up")] == [
        "signed_up"
    ]
    page = client.get("/portal/").content.decode()
    assert "Please confirm ann@northside.com" in page


def test_the_confirmation_mail_proves_the_address(client: SiteClient) -> None:
    sign_up(client)
    match = re.search(r"/login/link/\S+", OutboxMail.objects.get().text)
    assert match

    answer = client.get(match[0])

    assert answer["Location"] == "/portal/"
    assert User.objects.get().email_verified_at == NOON
    assert "Please confirm" not in client.get("/portal/").content.decode()


def test_start_is_the_same_page(client: SiteClient) -> None:
    assert client.get("/start").content.decode().count("Start my trial") == 1


@pytest.mark.parametrize("disguise", ["ann@northside.com", " ANN@NORTHSIDE.COM"])
def test_a_known_address_gets_a_mail_and_no_second_account(
    client: SiteClient, disguise: str
) -> None:
    sign_up(SiteClient())
    OutboxMail.objects.all().delete()

    answer = sign_up(client, email=disguise)

    assert answer["Location"] == "/login/sent"
    assert (User.objects.count(), Customer.objects.count()) == (1, 1)
    assert TrialIdentity.objects.count() == 1
    assert OutboxMail.objects.get().kind == "accounts/login"
    assert client.get("/portal/").status_code == 302


def test_a_second_trial_is_refused_and_the_product_is_not(client: SiteClient) -> None:
    sign_up(client)
    client.post("/logout")

    answer = sign_up(client, email="ann@elsewhere.com", company="Elsewhere")

    assert answer["Location"] == "/signup/no-trial"
    page = client.get("/signup/no-trial").content.decode()
    assert "Looks like you've already had a trial" in page
    assert "mailto:support@hossagent.example" in page
    second = Customer.objects.select_related("subscription").get(company="Elsewhere")
    assert second.subscription.trial_started_at is None
    assert client.get("/portal/").status_code == 200


def test_a_throw_away_mailbox_is_told_what_helps(client: SiteClient) -> None:
    assert sign_up(client, email="ann@mailinator.com")["Location"] == "/signup/no-trial"
    assert "permanent email address" in client.get("/signup/no-trial").content.decode()


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("company", "Enter the name of your company."),
        ("contact_name", "Enter your name."),
        ("email", "Enter your email address."),
        ("niche", "Enter the kind of company you want as customers."),
        ("terms", "Accept the terms to continue."),
    ],
)
def test_what_is_missing_is_named_and_the_rest_is_kept(
    client: SiteClient, field: str, sentence: str
) -> None:
    page = sign_up(client, **{field: ""}).content.decode()

    assert sentence in page
    kept = {key: value for key, value in FORM.items() if key not in {field, "terms"}}
    assert [value for value in kept.values() if f'value="{value}"' not in page] == []
    assert User.objects.count() == 0


def test_geography_may_wait(client: SiteClient) -> None:
    assert sign_up(client, geography="")["Location"] == "/portal/"


def test_a_bot_in_the_trap_gets_a_friendly_nothing(client: SiteClient) -> None:
    answer = sign_up(client, website="https://spam.test")

    assert answer["Location"] == "/login/sent"
    assert (User.objects.count(), OutboxMail.objects.count()) == (0, 0)


def test_too_many_sign_ups_are_refused_and_keep_the_form(
    client: SiteClient,
) -> None:
    """Ten a minute from one network address."""
    for n in range(10):
        sign_up(SiteClient(), email=f"a{n}@company{n}.com")

    answer = sign_up(client)

    assert answer.status_code == 429
    assert 'value="Northside Growth"' in answer.content.decode()
    assert User.objects.count() == 10


def test_a_signed_in_member_has_no_use_for_the_page(client: SiteClient) -> None:
    client.force_login(MembershipFactory.create().user)

    assert client.get("/signup")["Location"] == "/portal/"


def test_a_person_without_a_customer_opens_one(client: SiteClient) -> None:
    """Under the address they are signed in with, whatever the form says."""
    person = UserFactory.create(email="bob@southside.com")
    client.force_login(person)

    assert "bob@southside.com" in client.get("/signup").content.decode()
    answer = sign_up(client, email="other@evil.com")

    assert answer["Location"] == "/portal/"
    assert Membership.objects.get().user == person
    assert Customer.objects.get().email == "bob@southside.com"


def test_sign_up_by_invitation_lets_testers_in_and_tells_others(
    client: SiteClient, configure: Callable[..., None]
) -> None:
    configure(SELF_SERVE_ENABLED=False, INTERNAL_TESTER_EMAILS=("ann@northside.com",))

    refused = sign_up(SiteClient(), email="eve@southside.com")
    invited = sign_up(client)

    assert (
        "Sign-up is by invitation only right now. Contact us to join." in refused.content.decode()
    )
    assert invited["Location"] == "/portal/"


def test_a_planted_device_cookie_of_odd_shape_is_replaced(client: SiteClient) -> None:
    client.cookies["hoss_device"] = "x" * 5000

    sign_up(client)

    assert re.fullmatch(r"[\w-]{22}", client.cookies["hoss_device"].value)
    assert client.cookies["hoss_device"]["httponly"]
