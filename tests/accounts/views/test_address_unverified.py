"""Signed up and not yet proven: what the address's owner gets, and what stays open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import AuditEvent, LoginLink, User
from tests.conftest import NOON
from tests.factories import UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.sign_in import PORTAL, SENT, ask, code_in, last_mail, path_in

if TYPE_CHECKING:
    import time_machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def eve(ann: User) -> User:
    """Signed up with Ann's mailbox, and never proved it."""
    User.objects.filter(pk=ann.pk).update(email_verified_at=None)
    ann.refresh_from_db()
    return ann


def test_proof_elsewhere_ends_the_sessions_of_the_sign_up(client: SiteClient, eve: User) -> None:
    client.force_login(eve)
    owner = SiteClient()
    ask(owner)

    owner.get(path_in(last_mail().text))

    assert client.get(PORTAL).status_code == 302
    assert owner.get(PORTAL).status_code == 200
    eve.refresh_from_db()
    assert eve.email_verified_at == NOON
    assert AuditEvent.objects.get().action == "address_proven"


def test_proof_in_the_same_browser_keeps_other_sessions(client: SiteClient, eve: User) -> None:
    client.force_login(eve)
    laptop = SiteClient()
    laptop.force_login(eve)
    client.post("/account/address/resend")

    client.get(path_in(last_mail().text))

    assert last_mail().kind == "accounts/confirm_address"
    assert [browser.get(PORTAL).status_code for browser in (client, laptop)] == [200, 200]


def test_after_seven_days_the_portal_asks_for_the_proof(
    client: SiteClient, eve: User, at_noon: time_machine.Traveller
) -> None:
    client.force_login(eve)
    at_noon.shift(timedelta(days=7) - timedelta(seconds=1))
    assert client.get(PORTAL).status_code == 200
    at_noon.shift(1)

    assert client.get(PORTAL)["Location"] == "/account/address"
    assert "Confirm it to open the portal again." in client.get("/account/address").content.decode()
    client.post("/account/address/resend")
    assert client.post(SENT, {"code": code_in(last_mail().text)})["Location"] == PORTAL
    assert client.get(PORTAL).status_code == 200


def test_a_mistyped_address_can_be_changed(client: SiteClient, eve: User) -> None:
    client.force_login(eve)

    client.post("/account/address", {"email": "Ann.New@agency.test"})
    assert last_mail().to == "ann.new@agency.test"
    client.get(path_in(last_mail().text))

    eve.refresh_from_db()
    assert (eve.email, eve.email_verified_at) == ("ann.new@agency.test", NOON)
    assert client.get(PORTAL).status_code == 200
    assert last_mail().kind == "accounts/address_changed"
    assert last_mail().to == "ann@agency.test"


def test_somebody_elses_address_is_never_taken_over(client: SiteClient, eve: User) -> None:
    bob = UserFactory.create(email="bob@agency.test")
    client.force_login(eve)

    answer = client.post("/account/address", {"email": "bob@agency.test"})

    assert answer["Location"] == SENT
    assert last_mail().kind == "accounts/login"
    assert LoginLink.objects.get().user == bob


def test_an_address_taken_meanwhile_is_refused(client: SiteClient, eve: User) -> None:
    client.force_login(eve)
    client.post("/account/address", {"email": "new@agency.test"})
    path = path_in(last_mail().text)
    UserFactory.create(email="new@agency.test")

    answer = client.get(path)

    assert answer.status_code == 409
    eve.refresh_from_db()
    assert (eve.email, eve.email_verified_at) == ("ann@agency.test", None)
