"""What pages may ask of billing: the plan card and the billing history."""

from __future__ import annotations

from billing.selectors.plan_card import (
    CHECKOUT_PATH,
    PORTAL_PATH,
    Button,
    PlanCard,
    Usage,
    get_plan_card,
)

__all__ = ["CHECKOUT_PATH", "PORTAL_PATH", "Button", "PlanCard", "Usage", "get_plan_card"]
