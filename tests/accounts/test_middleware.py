"""The console and the portal share no session, whatever is copied where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import ConsoleSession, User
from tests.conftest import NOON
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db

CONSOLE_PAGE = "/admin/password_change/"
PASSWORD = "correct horse battery"


@pytest.fixture
def operator() -> User:
    return User.objects.create_operator(email="hoss@hossagent.test", password=PASSWORD, now=NOON)


def sign_in_operator(client: SiteClient, password: str = PASSWORD) -> HttpResponse:
    return client.post(  # type: ignore[return-value] # the test client returns its own kind
        "/admin/login/", {"username": "Hoss@hossagent.test", "password": password}
    )


def sign_in_customer(client: SiteClient, user: User) -> None:
    client.force_login(user)


def test_both_sign_ins_live_side_by_side(client: SiteClient, operator: User) -> None:
    membership = MembershipFactory.create()
    sign_in_customer(client, membership.user)

    sign_in_operator(client)

    assert client.get(CONSOLE_PAGE).status_code == 200
    assert client.get(reverse("portal:home")).status_code == 200
    assert sorted(client.cookies) == [settings.SESSION_COOKIE_NAME, "hoss_console"]
    assert client.cookies["hoss_console"]["path"] == "/admin"
    assert client.cookies["hoss_console"]["samesite"] == "Lax"
    assert client.cookies["hoss_console"]["httponly"]


def test_signing_out_of_the_console_leaves_the_portal(client: SiteClient, operator: User) -> None:
    sign_in_customer(client, MembershipFactory.create().user)
    sign_in_operator(client)

    client.post("/admin/logout/")

    assert client.get(CONSOLE_PAGE).status_code == 302
    assert client.get(reverse("portal:home")).status_code == 200


def test_each_key_is_worthless_as_the_other_cookie(client: SiteClient, operator: User) -> None:
    sign_in_customer(client, MembershipFactory.create().user)
    sign_in_operator(client)
    customer_key = client.cookies["hoss"].value
    console_key = client.cookies["hoss_console"].value

    swapped = SiteClient()
    swapped.cookies["hoss"] = console_key
    swapped.cookies["hoss_console"] = customer_key

    assert swapped.get(CONSOLE_PAGE).status_code == 302
    assert swapped.get(reverse("portal:home")).status_code == 302


def test_an_operator_client_is_in_the_console(operator_client: SiteClient) -> None:
    assert operator_client.get(CONSOLE_PAGE).status_code == 200
    assert operator_client.get(reverse("portal:home")).status_code == 302


def test_a_session_row_copied_into_the_console_is_refused(
    client: SiteClient, operator: User
) -> None:
    sign_in_operator(client)
    row = ConsoleSession.objects.get()
    Session.objects.create(
        session_key=row.session_key, session_data=row.session_data, expire_date=row.expire_date
    )

    thief = SiteClient()
    thief.cookies["hoss"] = row.session_key

    assert thief.get(reverse("portal:home")).status_code == 302


def test_a_member_with_a_password_cannot_enter_the_console(client: SiteClient) -> None:
    person = MembershipFactory.create().user
    person.set_password(PASSWORD)
    person.save()

    answer = client.post("/admin/login/", {"username": person.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert client.get(CONSOLE_PAGE).status_code == 302


def test_becoming_staff_ends_the_portal_session(client: SiteClient) -> None:
    """And it does not open the console."""
    person = MembershipFactory.create().user
    sign_in_customer(client, person)

    User.objects.filter(pk=person.pk).update(is_staff=True)

    assert client.get(reverse("portal:home")).status_code == 302
    assert client.get(CONSOLE_PAGE).status_code == 302


def test_the_operators_password_works_only_in_the_console(operator: User) -> None:
    request = RequestFactory().post("/login")

    for realm, expected in (("customer", None), ("console", operator)):
        request.realm = realm  # type: ignore[attr-defined] # set by the middleware
        assert authenticate(request, username=operator.email, password=PASSWORD) == expected


def test_five_wrong_passwords_lock_the_address(client: SiteClient, operator: User) -> None:
    """The operator can still sign in from elsewhere."""
    for _ in range(5):
        sign_in_operator(client, password="wrong")

    assert sign_in_operator(client).status_code == 429
    elsewhere = SiteClient(REMOTE_ADDR="203.0.113.77")
    assert sign_in_operator(elsewhere).status_code == 302
