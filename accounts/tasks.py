"""The loop over account mail; `hossagent.schedule` says how often it runs."""

from __future__ import annotations

from celery import shared_task

from accounts.services import outbox
from hossagent.lib import clock
from hossagent.lib.loops import run_loop


@shared_task(name="accounts.send_outbox")
def send_outbox() -> int:
    """Send the account mail that is due, and release what a dead sender held."""
    return run_loop(
        "accounts.send_outbox", outbox.sweep_next, outbox.send_next, clock=clock.now
    ).done
