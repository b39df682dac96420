"""A customer's state is fetched again when somebody wrote a newer one meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from billing.models import Subscription
from billing.stripe_sync import mirror, sync

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_state_older_than_the_written_one_is_fetched_again(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    """The lost update: a slow worker saw `active`, a fast one wrote `canceled`."""
    slow_may_write = False

    def meanwhile(call: Any) -> None:
        nonlocal slow_may_write
        if call.path != "/v1/invoices" or slow_may_write:
            return
        slow_may_write = True
        fake_stripe.world.end(payer.subscription_id)
        sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)
        assert payer.row.status == "canceled"

    fake_stripe.api.before_answer = meanwhile

    sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)

    assert payer.row.status == "canceled"
    assert mirror.list_subscriptions(stripe_customer_id=payer.stripe_id)[0]["status"] == "canceled"


def test_a_state_that_never_rests_is_given_up_for_now(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    def meanwhile(call: Any) -> None:
        Subscription.objects.update(projection_version=len(fake_stripe.api.calls))

    fake_stripe.api.before_answer = meanwhile

    with pytest.raises(sync.StateKeptChanging):
        sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)
