"""A credential is spent once, and its code can be tried five times."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.services import login_links
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def test_only_one_of_two_callers_redeems_a_link(ann: User) -> None:
    link = login_links.issue_link(user=ann, email=ann.email, now=NOON).link

    results = [login_links.redeem_link(link=link, signed_in_as=None, now=NOON) for _ in range(2)]

    assert results == [ann, None]


def test_the_tries_are_counted_on_the_credential_itself(ann: User) -> None:
    issued = login_links.issue_link(user=ann, email=ann.email, now=NOON)

    def try_code(code: str) -> User | None:
        return login_links.redeem_code(
            link_id=issued.link.pk, code=code, signed_in_as=None, now=NOON
        )

    assert [try_code("BBBB-BBBB") for _ in range(5)] == [None] * 5
    assert try_code(issued.code) is None
