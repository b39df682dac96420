"""A pretend Stripe on this machine: its objects, its API and its hosted pages.

For trying out the paid path, and for tests. It is a separate server on loopback, and
STRIPE_API_BASE points the SDK to it. Only the commands that start it import it.
"""

from __future__ import annotations
