"""Google and Microsoft: only when configured, and Microsoft's mail claim proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import Customer, Membership, OutboxMail, User
from tests.conftest import NOON
from tests.factories import MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.social import PROVIDERS, come_back

if TYPE_CHECKING:
    import pytest_django

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

COMPANY = {
    "company": "Northside Growth",
    "contact_name": "Ann Lee",
    "niche": "dental clinics",
    "terms": "on",
}


@pytest.fixture
def providers(settings: pytest_django.Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDERS


def is_signed_in(client: SiteClient, user: User) -> bool:
    return client.session.get("_auth_user_id") == str(user.pk)


def test_without_credentials_there_are_no_buttons_and_no_pages(client: SiteClient) -> None:
    assert "Google" not in client.get("/login").content.decode()
    for path in (
        "/oauth/google/login/",
        "/oauth/microsoft/login/",
        "/oauth/google/login/callback/",
    ):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404


@pytest.mark.usefixtures("providers")
def test_with_credentials_both_pages_show_a_button_that_posts(client: SiteClient) -> None:
    for path in ("/login", "/signup"):
        page = client.get(path).content.decode()
        assert 'action="/oauth/google/login/' in page
        assert 'action="/oauth/microsoft/login/' in page
    answer = client.post("/oauth/google/login/")
    assert answer["Location"].startswith("https://accounts.google.com/")
    assert client.get("/oauth/google/login/").status_code == 200


@pytest.mark.usefixtures("providers")
def test_google_signs_in_whom_it_has_verified(client: SiteClient) -> None:
    ann = MembershipFactory.create(user__email="ann@northside.com").user

    come_back(client, "google", "ann@northside.com", verified=True)

    assert is_signed_in(client, ann)


@pytest.mark.usefixtures("providers")
@pytest.mark.parametrize(
    ("provider", "verified"), [("google", False), ("microsoft", False), ("microsoft", True)]
)
def test_an_unproven_claim_opens_nobodys_account(
    client: SiteClient, provider: str, *, verified: bool
) -> None:
    ann = MembershipFactory.create(user__email="ann@northside.com").user

    come_back(client, provider, "ann@northside.com", verified=verified)
    assert not is_signed_in(client, ann)
    answer = client.post("/signup/company", {**COMPANY, "email": "ann@northside.com"})

    assert answer["Location"] == "/login/sent"
    assert not is_signed_in(client, ann)
    assert SocialAccount.objects.count() == 0
    assert OutboxMail.objects.get().to == "ann@northside.com"


@pytest.mark.usefixtures("providers")
def test_googles_word_ends_the_sessions_of_a_squatter(client: SiteClient) -> None:
    squatted = MembershipFactory.create(
        user__email="ann@northside.com", user__email_verified_at=None
    ).user
    squatter = SiteClient()
    squatter.force_login(squatted)

    come_back(client, "google", "ann@northside.com", verified=True)

    assert squatter.get("/portal/").status_code == 302
    assert client.get("/portal/").status_code == 200
    squatted.refresh_from_db()
    assert squatted.email_verified_at == NOON


@pytest.mark.usefixtures("providers")
def test_an_operator_is_turned_away(client: SiteClient) -> None:
    operator = UserFactory.create(email="hoss@hossagent.test", is_staff=True)

    answer = come_back(client, "google", "hoss@hossagent.test", verified=True)

    assert answer["Location"] == "/login"
    assert not is_signed_in(client, operator)


@pytest.mark.usefixtures("providers")
def test_a_new_person_by_google_is_verified_at_once(client: SiteClient) -> None:
    answer = come_back(client, "google", "ann@northside.com", verified=True)
    assert answer["Location"] == "/signup/company"
    assert 'name="email"' not in client.get("/signup/company").content.decode()

    answer = client.post("/signup/company", {**COMPANY, "email": "other@evil.com"})

    assert answer["Location"] == "/portal/"
    user = User.objects.get()
    assert (user.email, user.email_verified_at) == ("ann@northside.com", NOON)
    assert SocialAccount.objects.get().user == user
    assert Membership.objects.get().customer == Customer.objects.get()
    assert OutboxMail.objects.count() == 0


@pytest.mark.usefixtures("providers")
def test_a_new_person_by_microsoft_has_to_confirm(
    client: SiteClient,
) -> None:
    """They come back by the account's id."""
    come_back(client, "microsoft", "ann@northside.com", verified=False)
    client.post("/signup/company", {**COMPANY, "email": "ann@northside.com"})

    user = User.objects.get()
    assert user.email_verified_at is None
    assert OutboxMail.objects.get().kind == "accounts/confirm_address"
    again = SiteClient()
    come_back(again, "microsoft", "somebody@else.com", verified=False)
    assert is_signed_in(again, user)


def test_the_form_without_a_waiting_answer_leads_to_sign_in(client: SiteClient) -> None:
    assert client.get("/signup/company")["Location"] == "/login"
