"""A session begins with a new key, and ends here or everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import AuditEvent, OutboxMail, User
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient
from tests.helpers.sign_in import PORTAL, ask, last_mail, path_in, signed_in_as

if TYPE_CHECKING:
    import time_machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_the_session_key_changes_at_sign_in(client: SiteClient, ann: User) -> None:
    ask(client)
    planted = client.cookies["hoss"].value

    client.get(path_in(last_mail().text))

    assert client.cookies["hoss"].value != planted
    old = SiteClient()
    old.cookies["hoss"] = planted
    assert old.get(PORTAL).status_code == 302


def test_another_persons_link_leaves_nothing_of_the_session(client: SiteClient, ann: User) -> None:
    ask(client)
    bob = SiteClient()
    bob.force_login(MembershipFactory.create(user__email="bob@agency.test").user)
    session = bob.session
    session["secret"] = "bob's"
    session.save()
    path = path_in(last_mail().text)

    assert "You are signed in as bob@agency.test" in bob.get(path).content.decode()
    bob.post(path)

    assert signed_in_as(bob) == ann.pk
    assert "secret" not in bob.session


def test_signing_out_is_a_post_and_ends_the_session(client: SiteClient, ann: User) -> None:
    client.force_login(ann)

    assert client.get("/logout").status_code == 405
    client.post("/logout")

    assert client.get(PORTAL).status_code == 302


def test_signing_out_everywhere_ends_sessions_and_links(client: SiteClient, ann: User) -> None:
    other, third = SiteClient(), SiteClient()
    for browser in (client, other):
        browser.force_login(ann)
    ask(third)

    client.post("/logout/everywhere")

    assert [browser.get(PORTAL).status_code for browser in (client, other)] == [302, 302]
    assert third.get(path_in(last_mail().text)).status_code == 410
    assert AuditEvent.objects.get().action == "signed_out_everywhere"


def test_a_proven_address_changes_only_soon_after_signing_in(
    client: SiteClient, ann: User, at_noon: time_machine.Traveller
) -> None:
    ask(client)
    client.get(path_in(last_mail().text))
    at_noon.shift(timedelta(minutes=31))

    answer = client.post("/account/address", {"email": "new@agency.test"})

    assert "sign in again" in answer.content.decode()
    assert OutboxMail.objects.filter(to="new@agency.test").count() == 0
