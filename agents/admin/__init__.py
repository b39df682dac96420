"""The operator's pages: a file for each room's lists, and one for each page beside them.

The buttons of a customer stand in the order in which their files are imported here.
"""

from __future__ import annotations

from agents.admin import (
    autopilot,
    backfills,
    billing_actions,
    customers,
    inbox,
    leads,
    mailboxes,
    outreach,
    panels,
    portal_actions,
    probe,
    profile,
    sandbox,
    summary,
    suppression,
    switches,
    uploads,
    work,
)

__all__ = [
    "autopilot",
    "backfills",
    "billing_actions",
    "customers",
    "inbox",
    "leads",
    "mailboxes",
    "outreach",
    "panels",
    "portal_actions",
    "probe",
    "profile",
    "sandbox",
    "summary",
    "suppression",
    "switches",
    "uploads",
    "work",
]
