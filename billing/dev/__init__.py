"""A stand-in for Stripe: its state, its API, and its hosted pages, on this machine.

For demonstrations of the paid path and for tests. It is a separate loopback server that
the SDK is pointed to by STRIPE_API_BASE; no other part of the product knows it.
"""

from __future__ import annotations
