"""Verifying the ledger: every counter and promise of the sending engine, from its rows.

Each check names what it promises, how many rows it read, and the rows that break it.
Nothing here trusts a counter: the rows are counted and compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.reports.selectors.reconcile.counters import (
    check_days,
    check_hourly_limit,
    check_hours,
)
from agents.reports.selectors.reconcile.messages import (
    check_contact_gap,
    check_contacted,
    check_copies,
    check_made_up_leads,
    check_message_ids,
    check_replied,
    check_stuck,
    check_suppressed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.reports.selectors.reconcile.checks import LedgerCheck

CHECKS: tuple[Callable[..., LedgerCheck], ...] = (
    check_copies,
    check_message_ids,
    check_hours,
    check_hourly_limit,
    check_days,
    check_made_up_leads,
    check_suppressed,
    check_replied,
    check_contact_gap,
    check_stuck,
    check_contacted,
)


def verify_ledger(*, now: datetime) -> list[LedgerCheck]:
    """Every promise of the sending engine, checked against all rows that are kept."""
    return [check(now=now) for check in CHECKS]
