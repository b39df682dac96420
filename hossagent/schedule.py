"""Every periodic loop: which task, how often, in which queue.

The static list has two readers: Celery's beat in production, and `manage.py autopilot`
in the embedded mode. Work is pulled from rows, so a loop that runs twice, late or in
parallel changes nothing, and a lost message costs one period at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hossagent.config import Config

DISPATCH = "dispatch"
SEND = "send"
OPS = "ops"
QUEUES = (DISPATCH, SEND, OPS)


@dataclass(frozen=True, slots=True)
class Loop:
    """One periodic task. `seconds` is the longest time a due row waits for it."""

    task: str
    seconds: float
    queue: str


def loops(config: Config) -> tuple[Loop, ...]:
    """All loops, most urgent first: the order in which the embedded loop calls them."""
    # Customers carry their own next_run_at, five minutes apart; this only looks.
    look = min(10.0, float(config.AUTOPILOT_PERIOD_SECONDS))
    return (
        Loop("agents.process_inbound", 2, SEND),
        Loop("agents.send_due", 2, SEND),
        Loop("agents.drain", look, DISPATCH),
        Loop("agents.sandbox_reply", 2, DISPATCH),
        Loop("agents.poll_inbox", 60, OPS),
        Loop("agents.sweep", 60, DISPATCH),
        Loop("billing.process_events", 2, OPS),
        Loop("accounts.send_outbox", 5, OPS),
        Loop("agents.ask_opinions", 5, OPS),
        Loop("agents.run_tasks", 5, OPS),
        Loop("agents.import_uploads", 2, OPS),
        Loop("agents.research", 30, OPS),
        Loop("agents.digest", 300, OPS),
        Loop("agents.build_exports", 10, OPS),
        Loop("agents.prune", 3600, OPS),
        Loop("agents.backfill", 5, OPS),
        Loop("agents.trial_mails", 600, OPS),
        Loop("billing.payment_links", 60, OPS),
        # Each customer has its own time, a day apart; this only looks.
        Loop("billing.reconcile", 600, OPS),
        Loop("billing.purge", 3600, OPS),
    )


def celery_beat(config: Config) -> dict[str, dict[str, Any]]:
    """The list as Celery's `beat_schedule`; a tick nobody took expires with its period."""
    return {
        loop.task: {
            "task": loop.task,
            "schedule": loop.seconds,
            "options": {"queue": loop.queue, "expires": loop.seconds},
        }
        for loop in loops(config)
    }


def celery_routes() -> dict[str, dict[str, str]]:
    """Pokes go where the periodic ticks go."""
    from hossagent.config import Config  # noqa: PLC0415 # settings import this module first

    return {loop.task: {"queue": loop.queue} for loop in loops(Config())}
