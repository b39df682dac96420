"""What must hold of the rows at every moment; each broken promise is one sentence.

A promise is broken by a row that is written, and every such row carries the time of that.
Asked with `since`, a check reads what was written from then on and whatever that could
contradict. Asked without, it reads whole tables and trusts no time at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.reports.selectors.invariants.records import (
    count_overdue_work,
    count_rows_across_customers,
    count_sandbox_leaks,
    count_unprocessed_replies,
    count_wrong_invoices,
)
from agents.reports.selectors.invariants.sending import (
    count_above_limits,
    count_copies,
    count_emails_after_reply,
    count_emails_to_suppressed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Each promise: the sentence about those that break it, and how to count them.
INVARIANTS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("{} emails are copies of another email", count_copies),
    ("{} emails went to suppressed addresses", count_emails_to_suppressed),
    ("{} emails went to people who had already replied", count_emails_after_reply),
    ("{} hours, days or cycles exceed their limit", count_above_limits),
    ("{} received emails are overdue or were never processed", count_unprocessed_replies),
    ("{} pieces of work are overdue", count_overdue_work),
    ("{} rows belong to two customers", count_rows_across_customers),
    (
        "{} fictional leads got real email, or real leads got a simulated reply",
        count_sandbox_leaks,
    ),
    ("{} invoices do not add up, or bill for work that was not done", count_wrong_invoices),
)


def list_broken_invariants(*, now: datetime, since: datetime | None = None) -> list[str]:
    """Every promise that the rows break; empty when all hold.

    With `since`, only what was written from then on is checked; else whole tables.
    """
    counted = ((words, count(now=now, since=since)) for words, count in INVARIANTS)
    return [f"{words.format(number)}." for words, number in counted if number]
