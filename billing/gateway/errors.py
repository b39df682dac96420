"""How a call to Stripe can fail, in our words."""

from __future__ import annotations


class StripeError(Exception):
    """A call to Stripe failed. The message is written for an operator."""


class StripeIsOff(StripeError):
    """Stripe is in DRY_RUN, so no call may be made."""


class StripeUnavailable(StripeError):
    """Stripe did not answer, or asked us to come back later. Worth another try."""


class StripeRefused(StripeError):
    """Stripe understood the call and said no. `code` is Stripe's word for why."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CardDeclined(StripeRefused):
    """The customer's bank declined the charge."""
