"""The attempt log: one line for each try to send a message, whatever became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import SendAttempt
from hossagent.lib.bulk import insert_ignoring_conflicts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.models import Message
    from agents.states import AttemptOutcome


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the log keeps of one message's try; it comes with its lead loaded.

    `mode` is DRY_RUN, SENDGRID or SMTP.
    """

    message: Message
    outcome: AttemptOutcome
    mode: str
    code: str = ""
    detail: str = ""


def log_attempts(attempts: Sequence[Attempt], *, now: datetime) -> None:
    """Write them down, in their order, in one statement however many there are."""
    messages = [attempt.message for attempt in attempts]
    insert_ignoring_conflicts(
        SendAttempt,
        constants={"at": now},
        columns={
            "customer_id": [message.customer_id for message in messages],
            "message_pk": [message.pk for message in messages],
            "lead_id": [message.lead_id for message in messages],
            "email": [message.lead.email for message in messages],
            "subject": [message.subject for message in messages],
            "mode": [attempt.mode for attempt in attempts],
            "outcome": [attempt.outcome.value for attempt in attempts],
            "code": [str(attempt.code) for attempt in attempts],
            "detail": [attempt.detail[:500] for attempt in attempts],
        },
        returning=(),
    )
