"""What the tests of sign-in share: the moment, and a member named Ann."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.conftest import NOON
from tests.factories import MembershipFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    """The clock stands at noon, and only the test moves it."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def ann() -> User:
    """An owner whose address is proven."""
    user: User = MembershipFactory.create(user__email="ann@agency.test").user
    return user
