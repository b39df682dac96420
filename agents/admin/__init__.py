"""The operator's pages: lists of what the agents did, customers, switches and the digest."""

from __future__ import annotations

from agents.admin import (
    billing_actions,
    customers,
    lists,
    panels,
    portal_actions,
    probe,
    summary,
    switches,
    uploads,
)

__all__ = [
    "billing_actions",
    "customers",
    "lists",
    "panels",
    "portal_actions",
    "probe",
    "summary",
    "switches",
    "uploads",
]
