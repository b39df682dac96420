"""The operator's pages: lists of what the agents did, customers, switches and the digest."""

from __future__ import annotations

from agents.admin import customers, lists, panels, summary, switches

__all__ = ["customers", "lists", "panels", "summary", "switches"]
