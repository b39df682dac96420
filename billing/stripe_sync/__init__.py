"""Stripe's state, brought into our rows in three steps: fetch, store, project.

`sync` takes one customer through all three. `mirror` reads what is stored, and
`stripe_objects` knows where Stripe keeps what. Each part imports only what stands below
it (pyproject.toml, "A Stripe event walks downhill").
"""

from __future__ import annotations
