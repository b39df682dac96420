"""One pretend Stripe account: its objects, its subscriptions, and its hosted pages."""

from __future__ import annotations

from billing.dev.checkouts import Checkouts


class World(Checkouts):
    """Everything that is at Stripe, and everything that can happen there."""
