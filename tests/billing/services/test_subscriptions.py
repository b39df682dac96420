"""The operator's changes to a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from billing.services import subscriptions
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_the_operator_ends_a_trial_and_it_is_written_down(trialist: Buyer) -> None:
    subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)

    assert trialist.row.status == "active"
    with pytest.raises(subscriptions.NoTrialToEnd):
        subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)


@pytest.mark.parametrize(("at_once", "status"), [(False, "active"), (True, "canceled")])
def test_the_operator_cancels(payer: Buyer, *, at_once: bool, status: str) -> None:
    subscriptions.cancel(customer=payer.customer, by="hoss@x.test", now=NOON, at_once=at_once)

    assert payer.row.status == status
    assert (payer.row.cancel_at is None) is at_once


def test_nothing_to_cancel_is_a_fact(fake_stripe: FakeStripe) -> None:
    with pytest.raises(subscriptions.NothingToCancel):
        subscriptions.cancel(customer=CustomerFactory.create(), by="x", now=NOON)
