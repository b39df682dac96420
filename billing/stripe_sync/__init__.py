"""Stripe's state, brought into our rows: fetched, stored as it is, then projected."""

from __future__ import annotations
