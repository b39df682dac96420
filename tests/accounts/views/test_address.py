"""Proving one's address and moving to another: the refusals and the limits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import LoginLink, OutboxMail, User
from accounts.services import login_links
from tests.conftest import NOON
from tests.factories import MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    import time_machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

ADDRESS = "/account/address"
RESEND = "/account/address/resend"
TOO_MANY = "Too many requests. Wait a few minutes"


@pytest.fixture
def ann(client: SiteClient) -> User:
    """Signed in just now, by mail, with a proven address."""
    person: User = MembershipFactory.create(user__email="ann@agency.test").user
    client.post(login_links.issue_link(user=person, email=person.email, now=NOON).url)
    return person


@pytest.fixture
def unproven(ann: User) -> User:
    User.objects.filter(pk=ann.pk).update(email_verified_at=None)
    return ann


def mails() -> list[tuple[str, str]]:
    return list(OutboxMail.objects.order_by("pk").values_list("kind", "to"))


def test_a_proven_address_changes_soon_after_signing_in(client: SiteClient, ann: User) -> None:
    assert client.post(ADDRESS, {"email": "new@agency.test"})["Location"] == "/login/sent"

    assert mails() == [("accounts/change_address", "new@agency.test")]
    ann.refresh_from_db()
    assert ann.email == "ann@agency.test"


def test_the_change_ends_the_sessions_in_other_browsers(client: SiteClient, ann: User) -> None:
    other = SiteClient()
    other.force_login(ann)
    issued = login_links.issue_link(user=ann, email="new@agency.test", purpose="change", now=NOON)

    client.post(issued.url)

    assert [browser.get("/portal/").status_code for browser in (client, other)] == [200, 302]


def test_half_an_hour_after_signing_in_is_too_late(
    client: SiteClient, ann: User, at_noon: time_machine.Traveller
) -> None:
    at_noon.shift(timedelta(minutes=30))

    page = client.post(ADDRESS, {"email": "new@agency.test"}).content.decode()

    assert "sign out, sign in again" in page
    assert 'value="new@agency.test"' in page
    assert mails() == []


def test_a_bad_address_gets_a_sentence_and_is_kept(client: SiteClient, ann: User) -> None:
    answer = client.post(ADDRESS, {"email": "ann@"})

    assert 'value="ann@"' in answer.content.decode()
    assert mails() == []


def test_changing_has_the_limit_of_asking(client: SiteClient, ann: User) -> None:
    for _ in range(3):
        client.post(ADDRESS, {"email": "new@agency.test"})

    answer = client.post(ADDRESS, {"email": "new@agency.test"})

    assert answer.status_code == 429
    assert TOO_MANY in answer.content.decode()
    assert len(mails()) == 3


def test_resending_goes_to_the_own_address(client: SiteClient, unproven: User) -> None:
    assert client.post(RESEND)["Location"] == "/login/sent"

    assert mails() == [("accounts/confirm_address", "ann@agency.test")]


def test_resending_has_the_limit_of_asking(client: SiteClient, unproven: User) -> None:
    for _ in range(3):
        client.post(RESEND)

    page = client.post(RESEND, follow=True).content.decode()

    assert TOO_MANY in page
    assert len(mails()) == 3


def test_a_confirmed_address_needs_no_other_mail(client: SiteClient, ann: User) -> None:
    page = client.post(RESEND, follow=True).content.decode()

    assert "Your address is already confirmed." in page
    assert mails() == []


def test_an_address_taken_meanwhile_is_refused_by_its_code_too(
    client: SiteClient, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(ADDRESS, {"email": "new@agency.test"})
    text = OutboxMail.objects.get().text
    code = next(word for word in text.split() if len(word) == 9 and word[4] == "-")
    UserFactory.create(email="new@agency.test")

    answer = client.post("/login/sent", {"code": code})

    ann.refresh_from_db()
    assert (answer.status_code, ann.email) == (409, "ann@agency.test")
    # Nothing was spent: the transaction that failed took it back.
    assert LoginLink.objects.filter(purpose="change", used_at=None).count() == 1


def test_a_confirmed_address_is_not_asked_for_again(client: SiteClient, ann: User) -> None:
    page = client.get(ADDRESS).content.decode()

    assert "Change your email address</h1>" in page
    assert "<strong>ann@agency.test</strong> is confirmed." in page
    assert "Send the email again" not in page
    assert "is sent in your name" not in page


def test_an_unconfirmed_address_is_asked_for(client: SiteClient, unproven: User) -> None:
    page = client.get(ADDRESS).content.decode()

    assert "Confirm your email address</h1>" in page
    assert "Open the link in the email to <strong>ann@agency.test</strong>." in page
    assert "Send the email again" in page


def test_without_a_session_both_ask_to_sign_in(client: SiteClient) -> None:
    for path in (ADDRESS, RESEND):
        assert client.post(path)["Location"] == f"/login?next={path}"
