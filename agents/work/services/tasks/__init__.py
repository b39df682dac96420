"""The Ops agent: tasks are created, claimed, written and recorded."""

from __future__ import annotations

from agents.work.services.tasks.create import create_task
from agents.work.services.tasks.retry import retry_task
from agents.work.services.tasks.run import run_next_task, run_ops, sweep_next

__all__ = ["create_task", "retry_task", "run_next_task", "run_ops", "sweep_next"]
