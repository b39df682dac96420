"""The plan's product and price at Stripe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import time_machine

from billing.plans import PRO, Plan
from billing.services import catalog
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_the_catalog_is_found_again(fake_stripe: FakeStripe) -> None:
    first = catalog.ensure_catalog()
    second = catalog.ensure_catalog()

    assert first == second
    assert [c for c in fake_stripe.calls if c.startswith("post")] == [
        "post /v1/products",
        "post /v1/prices",
    ]


def test_new_amount_makes_a_price_and_so_does_going_back(
    fake_stripe: FakeStripe,
) -> None:
    def priced(cents: int) -> Plan:
        return Plan(PRO.key, PRO.name, cents, PRO.trial_length, 15, 20)

    prices = [catalog.ensure_catalog(plan=priced(cents)).price_id for cents in (9900, 12900, 9900)]

    active = [p["id"] for p in fake_stripe.world.all("price") if p["active"]]
    assert len(set(prices)) == 3
    assert active == prices[2:]
    assert catalog.get_price_id() == prices[2]


def test_a_mirrored_price_of_another_amount_is_not_sold(fake_stripe: FakeStripe) -> None:
    sold = [
        catalog.ensure_catalog(plan=PRO).price_id,
        catalog.get_price_id(plan=replace(PRO, price_cents=12_900)),
    ]

    assert [price["unit_amount"] for price in fake_stripe.world.all("price", active=True)] == [
        12_900
    ]
    assert len(set(sold)) == 2
