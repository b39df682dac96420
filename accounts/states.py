"""The statuses of account mail and what may follow what."""

from __future__ import annotations

from django.db import models

from hossagent.lib.transitions import Transitions


class OutboxStatus(models.TextChoices):
    QUEUED = "queued"
    SENDING = "sending"
    # Email is in dry run: shown on the console, kept here, sent when email goes live.
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"


# At-least-once: a mail whose sender died goes back to the queue.
OUTBOX_TRANSITIONS = Transitions(
    OutboxStatus,
    {
        OutboxStatus.QUEUED: {OutboxStatus.SENDING},
        OutboxStatus.SENDING: {
            OutboxStatus.SENT,
            OutboxStatus.HELD,
            OutboxStatus.QUEUED,
            OutboxStatus.FAILED,
        },
        OutboxStatus.HELD: {OutboxStatus.QUEUED, OutboxStatus.FAILED},
        OutboxStatus.SENT: {},
        OutboxStatus.FAILED: {OutboxStatus.QUEUED},
    },
    initial={OutboxStatus.QUEUED},
)


class Role(models.TextChoices):
    """What a member may do: viewers read, members work, owners also pay and close."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"
