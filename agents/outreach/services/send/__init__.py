"""The one way a message leaves: claim, gate and point of no return, transport, record.

* `claim` gives a lease: nothing leaves under it, so it is safe to give back.
* `begin` is one short transaction: the gate asked again, the counters, the Message-ID,
  SENDING. Committed before the network is touched.
* the transport runs outside any transaction, against a deadline.
* `record` commits what it said. A crash in between leaves SENDING, which becomes UNKNOWN
  and is never sent again by itself.

Rows go one by one. Where many are due at once and the mailbox has no pause, a few share
the two transactions: as many as the server took in the last quarter of a second.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.services.transports import (
    OutgoingMail,
    SendOutcome,
    SendResult,
    get_transport,
)
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.claim import claim, release
from agents.outreach.services.send.record import record, sweep_next
from agents.outreach.services.send.render import opt_out_url, reply_address, to_mail
from agents.outreach.services.send.threads import get_threads
from agents.states import MessageMode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import Message

__all__ = ["opt_out_url", "reply_address", "send_next", "sweep_next"]

logger = logging.getLogger("agents.email")

# So long after the clock was read a mail may still begin to leave, and later none does: the
# gate has asked whether the hour was about to end, and its guard is longer than this and
# what a server takes to answer. Waiting for a lock counts as well.
WIRE_SECONDS = 20.0
# What a crash can leave as UNKNOWN is what one batch holds; an hour of 360,000 mails and
# a server that takes them within the quarter of a second make it as large as this.
BATCH_SECONDS = 0.25
MAX_BATCH = 100


class _Pace:
    """How long the last mails took, which says how many may share a transaction."""

    def __init__(self) -> None:
        self.seconds = BATCH_SECONDS

    @property
    def batch(self) -> int:
        """At most what the hour, spread evenly, has in one second: one, by default."""
        per_second = settings.CONFIG.MAX_EMAILS_PER_HOUR // 3600
        as_fast = int(BATCH_SECONDS / max(self.seconds, 0.0001))
        return max(1, min(MAX_BATCH, per_second, as_fast))

    def learn(self, *, seconds: float, mails: int) -> None:
        if mails:
            self.seconds = seconds / mails


_pace = _Pace()


def send_next(*, now: datetime, customer: Customer | None = None) -> bool:
    """Take the next due row (a few, when the way out is fast) as far as it goes.

    `now` is the clock, just read. False when nothing was due. A refused row keeps its reason
    and a later time; a sent one its result. What raises puts its rows back first, with a
    later time.
    """
    read_at = time.monotonic()
    claimed = claim(now=now, limit=_pace.batch, customer=customer)
    if not claimed:
        return False
    try:
        leaving = begin(claimed, now=now)
    except Exception:
        release(claimed, now=now)
        # The next rows go one by one, so that only the bad one waits.
        _pace.seconds = BATCH_SECONDS
        raise
    if leaving:
        _send(leaving, now=now, read_at=read_at)
    return True


def _send(leaving: Sequence[Message], *, now: datetime, read_at: float) -> None:
    """Outside any transaction: put the mails on the wire and record what was said."""
    started = time.monotonic()
    try:
        transport = get_transport(MessageMode.LIVE)
    except TransportUnavailable as error:
        # Switched off between the gate and here: nothing has left.
        gone = SendResult(
            success=False, mode="DRY_RUN", error=str(error), outcome=SendOutcome.UNREACHABLE
        )
        record([(message, gone) for message in leaving], now=now)
        return
    mails, results = _render(leaving, mode=transport.name, now=now)
    answers = transport.send_all(mails, deadline=read_at + WIRE_SECONDS)
    results |= {mail.message_pk: answer for mail, answer in zip(mails, answers, strict=True)}
    ended = time.monotonic()
    _pace.learn(seconds=ended - started, mails=len(results))
    record(
        [(message, results[message.pk]) for message in leaving],
        now=now + timedelta(seconds=ended - read_at),
    )


def _render(
    leaving: Sequence[Message], *, mode: str, now: datetime
) -> tuple[list[OutgoingMail], dict[int, SendResult]]:
    """The mails, and the results of the messages that could not be made into one."""
    threads = get_threads(leaving)
    # Asked for once: looking the settings up took as long as writing a mail.
    config = settings.CONFIG
    mails, failed = [], {}
    for message in leaving:
        thread = threads.get(message.pk, ())
        try:
            mails.append(to_mail(message, thread=thread, now=now, config=config))
        except Exception as error:  # nothing has left: a fault of this mail is its own result
            logger.exception("rendering failed", extra={"message_pk": message.pk})
            failed[message.pk] = SendResult(
                success=False, mode=mode, error=repr(error), outcome=SendOutcome.REJECTED
            )
    return mails, failed
