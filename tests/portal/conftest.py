"""What the tests of the portal share: a member, signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import MembershipFactory

if TYPE_CHECKING:
    from accounts.models import Membership
    from tests.helpers.clients import SiteClient


@pytest.fixture
def member(client: SiteClient) -> Membership:
    """An owner whose browser is `client`."""
    membership: Membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership
