"""Credentials in many hands at the same moment: each is spent once and tried five times, and
none that was asked for before a proof of the address outlives it."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from accounts.models import LoginLink, User
from accounts.models.login_link import CODE_ATTEMPTS
from accounts.services import address_proof, login_links
from tests.conftest import NOON
from tests.factories import UserFactory
from tests.helpers.threads import meet, names, together

if TYPE_CHECKING:
    from accounts.services.login_links import IssuedLink

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issued() -> IssuedLink:
    ann: User = UserFactory.create(email="ann@agency.test")
    return login_links.issue_link(user=ann, email=ann.email, now=NOON)


def test_of_two_browsers_with_one_link_one_signs_in(
    issued: IssuedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first holds the spent row, uncommitted, until the second waits for it."""
    meet(monkeypatch, login_links, "prove_address")
    redeem = partial(login_links.redeem_link, link=issued.link, signed_in_as=None, now=NOON)

    results = together(redeem, redeem)

    assert sorted(results, key=bool) == [None, issued.link.user]


def test_guesses_at_the_same_moment_are_no_more_than_five(
    issued: IssuedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One try is left; two count themselves before either of them has committed."""
    LoginLink.objects.update(attempts=CODE_ATTEMPTS - 1)
    meet(monkeypatch, login_links, "_code_hash")

    @transaction.atomic
    def try_code(code: str) -> User | None:
        return login_links.redeem_code(
            link_id=issued.link.pk, code=code, signed_in_as=None, now=NOON
        )

    together(partial(try_code, "BBBB-BBBB"), partial(try_code, "BBBB-BBBB"))

    assert LoginLink.objects.get().attempts == CODE_ATTEMPTS


@pytest.fixture
def squatted() -> User:
    made: User = UserFactory.create(email="bob@agency.test", email_verified_at=None)
    return made


def prove(person: User) -> User:
    return address_proof.prove_address(
        user_id=person.pk, email="bob@agency.test", signed_in_as=None, now=NOON
    )


def test_of_two_links_of_one_person_one_is_spent(
    squatted: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds its own link, uncommitted, when it goes to spend the other one: without the
    person's lock they would wait for each other in a circle."""
    links = [
        login_links.issue_link(user=squatted, email=squatted.email, now=NOON).link for _ in "12"
    ]
    meet(monkeypatch, login_links, "prove_address")

    results = together(
        *(
            partial(login_links.redeem_link, link=link, signed_in_as=None, now=NOON)
            for link in links
        )
    )

    assert sorted(results, key=bool) == [None, squatted]


def test_of_two_codes_of_one_person_one_is_spent(
    squatted: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has counted its own try, uncommitted, when it goes to spend the other link."""
    issued = [login_links.issue_link(user=squatted, email=squatted.email, now=NOON) for _ in "12"]
    meet(monkeypatch, login_links, "redeem_link")

    @transaction.atomic
    def try_code(one: IssuedLink) -> User | None:
        return login_links.redeem_code(
            link_id=one.link.pk, code=one.code, signed_in_as=None, now=NOON
        )

    results = together(*(partial(try_code, one) for one in issued))

    assert sorted(results, key=bool) == [None, squatted]


def test_a_squatters_link_loses_to_the_owners_proof(
    squatted: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the same moment, whichever comes first: the one who reads mail at the address has it
    in the end."""
    link = login_links.issue_link(
        user=squatted, email="eve@evil.test", purpose="change", now=NOON
    ).link
    meet(monkeypatch, address_proof, "prove_address")
    monkeypatch.setattr(login_links, "prove_address", address_proof.prove_address)

    results = together(
        partial(login_links.redeem_link, link=link, signed_in_as=None, now=NOON),
        partial(prove, squatted),
    )

    assert names(results) == ["done", "done"]
    squatted.refresh_from_db()
    assert (squatted.email, squatted.email_verified_at) == ("bob@agency.test", NOON)
    assert LoginLink.objects.filter(used_at=None).count() == 0


def test_a_link_asked_for_during_the_proof_is_spent_by_it(
    squatted: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session was still alive when the link was asked for; it is made only after a while."""
    asked, proven = threading.Event(), threading.Event()
    issue_link = login_links.issue_link

    def issue_slowly(**kwargs: Any) -> IssuedLink:
        asked.set()
        proven.wait(0.5)
        return issue_link(**kwargs)

    def prove_meanwhile() -> None:
        asked.wait()
        prove(squatted)
        proven.set()

    monkeypatch.setattr(login_links, "issue_link", issue_slowly)
    ask = partial(
        login_links.request_change,
        user=squatted,
        email="eve@evil.test",
        now=NOON,
        asked_from="Firefox",
    )

    assert names(together(ask, prove_meanwhile)) == ["done", "done"]
    assert LoginLink.objects.filter(used_at=None).count() == 0
