"""Billing in the console: lists, and the pages about Stripe."""

from __future__ import annotations

from billing.admin import lists, stripe_pages

__all__ = ["lists", "stripe_pages"]
