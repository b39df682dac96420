"""The one way an email leaves: claim, point of no return, wire, record.

1. `claim` takes a lease: nothing leaves under it, so it is safe to give back.
2. `begin` is one short transaction: facts, gate, counters, Message-ID, SENDING. It is
   committed before the network is touched.
3. `transmit` hands the email to the transport, outside any transaction, before a deadline.
4. `record` commits the answer. A crash in between leaves SENDING, which becomes UNKNOWN and
   is never sent again by itself.

Messages go one by one. `batches` says when a few of one customer share the transactions.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from agents.outreach.services.send.batches import pace
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.claim import claim, release
from agents.outreach.services.send.record import record
from agents.outreach.services.send.render import opt_out_url, reply_address
from agents.outreach.services.send.sweep import sweep_next
from agents.outreach.services.send.totals import add_up_next, forget_hours_next, start_totals
from agents.outreach.services.send.wire import transmit

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

__all__ = [
    "add_up_next",
    "forget_hours_next",
    "opt_out_url",
    "reply_address",
    "send_next",
    "start_totals",
    "sweep_next",
]

# The latest time after reading the clock at which a send may start. The gate has asked
# whether the hour was about to end; its guard is longer than this and what a server takes
# to answer. Waiting for a lock counts as well.
WIRE_SECONDS = 20.0


def send_next(*, now: datetime, customer: Customer | None = None) -> bool:
    """Take the next due message (a few, when the server is fast) as far as it goes.

    `now` is the clock, just read. False when nothing was due. A held row keeps its reason
    and a later time; a sent one its result. What raises releases its rows first.
    """
    read_at = time.monotonic()
    claimed = claim(now=now, limit=pace.batch, customer=customer)
    if not claimed:
        return False
    try:
        leaving = begin(claimed, now=now)
    except Exception:
        release(claimed, now=now)
        pace.slow_down()
        raise
    if leaving:
        results = transmit(leaving, now=now, deadline=read_at + WIRE_SECONDS)
        took = timedelta(seconds=time.monotonic() - read_at)
        record(results, now=now + took)
    return True
