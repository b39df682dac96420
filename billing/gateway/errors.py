"""What calling Stripe can come to, in our words."""

from __future__ import annotations


class StripeError(Exception):
    """Something between Stripe and us; the message is fit for an operator."""


class StripeIsOff(StripeError):
    """Stripe is in DRY_RUN: no call may be made."""


class StripeUnavailable(StripeError):
    """Stripe did not answer, or asked us to come back later: worth trying again."""


class StripeRefused(StripeError):
    """Stripe understood and said no. `code` is Stripe's word for why."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CardDeclined(StripeRefused):
    """The customer's bank said no."""
