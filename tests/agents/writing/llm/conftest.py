"""A customer who pays for the model."""

from __future__ import annotations

import pytest

from tests.factories import CustomerFactory


@pytest.fixture
def customer_id() -> int:
    return CustomerFactory.create().pk
