"""Messages past the point of no return on the wire, outside any transaction."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings

from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.services.transports import (
    OutgoingMail,
    SendOutcome,
    SendResult,
    get_transport,
)
from agents.outreach.services.send.batches import pace
from agents.outreach.services.send.render import to_mail
from agents.outreach.services.send.threads import get_threads
from agents.states import MessageMode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.models import Message

logger = logging.getLogger("agents.email")


def transmit(
    leaving: Sequence[Message], *, now: datetime, deadline: float
) -> list[tuple[Message, SendResult]]:
    """Hand the messages to the transport; each with what became of it, in their order.

    After `deadline`, a `time.monotonic()` value, none begins to leave any more.
    """
    began = time.monotonic()
    try:
        transport = get_transport(MessageMode.LIVE)
    except TransportUnavailable as error:
        # Switched off between the gate and here: nothing has left.
        gone = SendResult(
            success=False, mode="DRY_RUN", error=str(error), outcome=SendOutcome.UNREACHABLE
        )
        return [(message, gone) for message in leaving]
    mails, results = _rendered(leaving, mode=transport.name, now=now)
    answers = transport.send_all(mails, deadline=deadline)
    results |= {mail.message_pk: answer for mail, answer in zip(mails, answers, strict=True)}
    pace.learn(seconds=time.monotonic() - began, emails=len(results))
    return [(message, results[message.pk]) for message in leaving]


def _rendered(
    leaving: Sequence[Message], *, mode: str, now: datetime
) -> tuple[list[OutgoingMail], dict[int, SendResult]]:
    """The emails, and the results of the messages that could not be made into one."""
    threads = get_threads(leaving)
    # Asked for once: Django looks a setting up anew each time.
    config = settings.CONFIG
    mails, failed = [], {}
    for message in leaving:
        thread = threads.get(message.pk, ())
        try:
            mails.append(to_mail(message, thread=thread, now=now, config=config))
        except Exception as error:  # nothing has left: a fault of this email is its own result
            logger.exception("rendering failed", extra={"message_pk": message.pk})
            failed[message.pk] = SendResult(
                success=False, mode=mode, error=repr(error), outcome=SendOutcome.REJECTED
            )
    return mails, failed
