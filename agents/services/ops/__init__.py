"""The Ops agent: tasks are created, claimed, written and recorded here."""

from __future__ import annotations

from agents.services.ops.create import create_task

__all__ = ["create_task"]
