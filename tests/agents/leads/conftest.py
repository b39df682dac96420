"""A customer with full rights, and a lead search that is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Customer


@pytest.fixture
def live(configure: Callable[..., None]) -> None:
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API",
        LEAD_SEARCH_API_URL="https://search.com/",
        LEAD_SEARCH_API_KEY="sk-search-0123456789",
    )


@pytest.fixture
def customer() -> Customer:
    made: Customer = CustomerFactory.create(subscription__complimentary=True)
    return made
