"""Coming back from Google or Microsoft without a sign-in."""

from __future__ import annotations

import pytest

from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_a_canceled_sign_in_changes_nothing_and_says_so(client: SiteClient) -> None:
    page = client.get("/oauth/canceled", follow=True).content.decode()

    assert "Sign-in canceled. Nothing has changed." in page


def test_somebody_switched_off_is_told_so(client: SiteClient) -> None:
    assert client.get("/login/off").status_code == 403
