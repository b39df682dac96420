"""The agents' loops; `hossagent.schedule` says how often each runs and in which queue.

Each is a loop over rows: running it twice, late or in parallel changes nothing. Celery and
the embedded clock of `manage.py autopilot` call the same functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task

from accounts.services import prune as sign_in_leftovers
from agents.autopilot.services import cycles, prune
from agents.backfills.services.batches import fill_next
from agents.inbox.services import fetch, send_answers
from agents.inbox.services.opinions import ask_next
from agents.inbox.services.process import process_next
from agents.leads.services.imports.jobs import import_next
from agents.leads.services.imports.uploads import read_next
from agents.leads.services.research import research_next
from agents.mailboxes.selectors import POLL_LOOP
from agents.mailboxes.services import domain_check
from agents.outreach.services import send
from agents.profile.services import trial_reminder
from agents.reports.services import digest, exports
from agents.sandbox.services import replies
from agents.work.services import tasks
from billing.services import trial_guard
from hossagent.lib import clock, loops

if TYPE_CHECKING:
    from collections.abc import Callable


def _loop(name: str, *steps: Callable[..., bool], budget: int = 200) -> int:
    return loops.run_loop(name, *steps, clock=clock.now, budget=budget).done


@shared_task(name="agents.drain")
def run_due_customers() -> int:
    """A cycle for every customer that is due."""
    return loops.run_once(
        "agents.drain", lambda: cycles.run_due_customers(clock=clock.now), clock=clock.now
    ).done


@shared_task(name="agents.send_due")
def send_due() -> int:
    """Messages that are due, and people's own answers before them."""
    return _loop("agents.send_due", send_answers.send_next, send.send_next)


@shared_task(name="agents.process_inbound")
def process_inbound() -> int:
    """Received email that has not been processed."""
    return _loop("agents.process_inbound", process_next)


@shared_task(name="agents.ask_opinions")
def ask_opinions() -> int:
    """Replies that the rules are not sure about, shown to the language model."""
    return _loop("agents.ask_opinions", ask_next, budget=20)


@shared_task(name="agents.poll_inbox")
def poll_inbox() -> int:
    """Replies in the mailbox. It records its own heartbeat, and only when the inbox was
    read, because the send gate asks for that."""
    return loops.run_once(
        POLL_LOOP, lambda: fetch.poll_inbox(clock=clock.now), clock=clock.now, is_beat=False
    ).done


@shared_task(name="agents.sandbox_reply")
def sandbox_reply() -> int:
    """Replies from the sandbox world that are due."""
    return _loop("agents.sandbox_reply", replies.reply_next)


@shared_task(name="agents.run_tasks")
def run_tasks() -> int:
    """Tasks that are due between two cycles."""
    return _loop("agents.run_tasks", tasks.run_next_task, budget=20)


@shared_task(name="agents.build_exports")
def build_exports() -> int:
    """Exports that customers asked for, and the end of old ones."""
    return _loop(
        "agents.build_exports",
        exports.build_next,
        exports.expire_next,
        budget=10,
    )


@shared_task(name="agents.sweep")
def sweep() -> int:
    """Rows whose worker died, and sending domains whose check is due."""
    return _loop(
        "agents.sweep",
        send.sweep_next,
        send_answers.sweep_next,
        tasks.sweep_next,
        domain_check.check_next,
    )


@shared_task(name="agents.digest")
def send_digest() -> int:
    """The operator's daily digest, once its hour has come."""
    return _loop("agents.digest", digest.queue_due_digest, budget=1)


@shared_task(name="agents.trial_mails")
def send_trial_mails() -> int:
    """The reminder before each trial ends."""
    return _loop("agents.trial_mails", trial_reminder.send_trial_reminder_next)


@shared_task(name="agents.prune")
def prune_logs() -> int:
    """Old records, deleted, and what was sent, added up."""
    return _loop(
        "agents.prune",
        send.add_up_next,
        prune.prune_next,
        sign_in_leftovers.prune_next,
        trial_guard.forget_next,
    )


@shared_task(name="agents.import_uploads")
def import_uploads() -> int:
    """Uploaded lists: their files read, their rows imported chunk by chunk."""
    return _loop(
        "agents.import_uploads",
        read_next,
        import_next,
        budget=20,
    )


@shared_task(name="agents.research")
def research() -> int:
    """Leads whose website and email domain are to be looked up; none in DRY_RUN."""
    return _loop("agents.research", research_next, budget=20)


@shared_task(name="agents.backfill")
def fill_old_rows() -> int:
    """Old rows that get a new column's value; a few seconds of it, then the other loops."""
    return loops.run_loop("agents.backfill", fill_next, clock=clock.now, seconds=5).done
