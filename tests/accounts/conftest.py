"""What the tests of sign-in share: a member named Ann."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import MembershipFactory

if TYPE_CHECKING:
    from accounts.models import User


@pytest.fixture
def ann() -> User:
    """An owner whose address is proven."""
    user: User = MembershipFactory.create(user__email="ann@agency.test").user
    return user
