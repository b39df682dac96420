"""Billing's loops process everything that is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from billing import tasks
from tests.billing.conftest import receive
from tests.conftest import NOON

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_the_loops_take_all_that_is_due(payer: Buyer, fake_stripe: FakeStripe) -> None:
    told = fake_stripe.take_events()
    receive(fake_stripe, told)

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert tasks.process_events() == len(told)
        assert tasks.process_events() == 0
        assert tasks.reconcile_with_stripe() == 1
        assert tasks.make_payment_links() == 0
        assert tasks.purge() == 0
    with time_machine.travel(NOON + timedelta(days=31), tick=False):
        assert tasks.purge() == len(told)
    assert payer.row.status == "active"
