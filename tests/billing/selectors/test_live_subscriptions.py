"""A customer's live subscriptions, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.selectors import get_live_subscriptions

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_it_is_counted_and_leads_with_the_newer_one(payer: Buyer, second_subscription: str) -> None:
    row = payer.row

    assert (row.live_count, row.stripe_subscription_id) == (2, second_subscription)
    assert [
        (one.id, one.status, one.collected, one.is_leading)
        for one in get_live_subscriptions(customer=row.customer)
    ] == [
        (payer.subscription_id, "active", "$99.00", False),
        (second_subscription, "active", "$99.00", True),
    ]
