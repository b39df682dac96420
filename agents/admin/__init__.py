"""The agents' side of the console: records, panels of the control room, and buttons."""

from __future__ import annotations

from agents.admin import panels, records, runs

__all__ = ["panels", "records", "runs"]
