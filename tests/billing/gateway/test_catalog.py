"""Finding the plan's product at Stripe."""

from __future__ import annotations

import pytest

from billing import gateway
from billing.dev.objects import ApiError
from billing.plans import PRO
from tests.fakes.stripe import FakeStripe


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (ApiError("Too many requests.", status=429), gateway.StripeUnavailable),
        (ApiError("Odd.", status=400, code="parameter_invalid"), gateway.StripeRefused),
    ],
)
def test_a_product_is_missing_only_when_stripe_says_so(
    fake_stripe: FakeStripe, refusal: ApiError, error: type[Exception]
) -> None:
    assert gateway.find_product(plan=PRO) is None
    fake_stripe.api.errors[f"/v1/products/{PRO.key}"] = refusal

    with pytest.raises(error):
        gateway.find_product(plan=PRO)
