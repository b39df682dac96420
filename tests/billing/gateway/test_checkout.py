"""Hosted pages: our portal configuration, and sessions that are not open."""

from __future__ import annotations

from billing import gateway
from tests.conftest import NOON
from tests.fakes.stripe import FakeStripe


def test_another_installations_portal_configuration_stays(
    fake_stripe: FakeStripe,
) -> None:
    theirs = fake_stripe.world.add(
        "billing_portal.configuration",
        "bpc",
        {"active": True, "is_default": False, "features": {}, "metadata": {"hossagent": "b.test"}},
    )
    customer = gateway.create_customer(customer_id=7, created_at=NOON)

    made = [
        gateway.create_portal_session(stripe_customer_id=customer["id"], return_url="http://x.test")
        for _ in range(2)
    ]

    used = {session["configuration"] for session in made}
    assert len(used) == 1
    assert theirs["id"] not in used


def test_a_session_that_is_not_open_cannot_be_expired(fake_stripe: FakeStripe) -> None:
    assert gateway.expire_checkout_session(session_id="cs_nobody") is False
