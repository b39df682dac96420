"""One credential in many hands at the same moment: spent once, and tried five times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from accounts.models import LoginLink, User
from accounts.models.login_link import CODE_ATTEMPTS
from accounts.services import login_links
from tests.conftest import NOON
from tests.factories import UserFactory
from tests.threads import meet, together

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
