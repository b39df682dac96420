"""View as customer: read-only, without a session, and one answer for every bad link."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from tests.factories import CustomerFactory, MembershipFactory
from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_the_link_shows_the_page_and_sandboxes_it(client: SiteClient) -> None:
    customer = CustomerFactory.create(company="Acme & Sons")

    answer = client.get(reverse("portal:preview", args=[customer.public_token]))

    assert answer.status_code == 200
    assert "Acme &amp; Sons" in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]
    assert "sandbox allow-top-navigation-by-user-activation" in answer["Content-Security-Policy"]
    assert "<form" not in answer.content.decode()
    assert not answer.cookies
    assert Session.objects.count() == 0


def test_a_signed_in_persons_session_is_left_alone(client: SiteClient) -> None:
    membership = MembershipFactory.create()
    other = CustomerFactory.create(company="Somebody else")
    client.force_login(membership.user)
    before = dict(client.session)

    answer = client.get(reverse("portal:preview", args=[other.public_token]))

    assert membership.user.email not in answer.content.decode()
    assert dict(client.session) == before


@pytest.mark.parametrize(
    "token", ["nonsense", "a" * 43, "x" * 5000, "%00", "leads-of-others", "admin"]
)
def test_every_bad_link_gets_the_same_page(client: SiteClient, token: str) -> None:
    CustomerFactory.create()

    answer = client.get(f"/portal/{token}")

    assert answer.status_code == 404
    assert (
        "This portal link is invalid or expired. Please log in or contact support."
        in answer.content.decode()
    )
    assert answer["Referrer-Policy"] == "no-referrer"


def test_nothing_can_be_posted(client: SiteClient) -> None:
    customer = CustomerFactory.create()

    assert client.post(reverse("portal:preview", args=[customer.public_token])).status_code == 405
