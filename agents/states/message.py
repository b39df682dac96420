"""An outreach email from plan to outcome, and who approves it."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class MessageMode(models.TextChoices):
    """What the message was planned for. A dry run never becomes a live message."""

    DRY_RUN = "dry_run"
    LIVE = "live"


class MessageStatus(Toned, models.TextChoices):
    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DRY_RUN = "dry_run"
    SKIPPED = "skipped"
    CANCELED = "canceled"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.SENT},
            bad={cls.FAILED, cls.UNKNOWN},
            quiet={cls.SKIPPED, cls.CANCELED},
            neutral={
                cls.PLANNED,
                cls.AWAITING_APPROVAL,
                cls.QUEUED,
                cls.CLAIMED,
                cls.SENDING,
                cls.DRY_RUN,
            },
        )


MESSAGE_TRANSITIONS = Transitions(
    MessageStatus,
    {
        MessageStatus.PLANNED: {
            MessageStatus.AWAITING_APPROVAL,
            MessageStatus.QUEUED,
            MessageStatus.SKIPPED,
            MessageStatus.CANCELED,
        },
        MessageStatus.AWAITING_APPROVAL: {
            MessageStatus.QUEUED,
            MessageStatus.PLANNED,
            MessageStatus.SKIPPED,
            MessageStatus.CANCELED,
        },
        MessageStatus.QUEUED: {
            MessageStatus.CLAIMED,
            MessageStatus.PLANNED,
            MessageStatus.SKIPPED,
            MessageStatus.CANCELED,
        },
        # A lease: copy is rendered, nothing has left. Safe to give back.
        MessageStatus.CLAIMED: {
            MessageStatus.QUEUED,
            MessageStatus.SENDING,
            MessageStatus.DRY_RUN,
            MessageStatus.FAILED,
            MessageStatus.CANCELED,
        },
        # The point of no return: never back to a status that could send it again.
        # CANCELED is for the worker that holds the row and knows that the mail was not
        # accepted (nothing reached the server, or it said "later"): the step is then
        # planned anew, as a new row with an identity of its own.
        MessageStatus.SENDING: {
            MessageStatus.SENT,
            MessageStatus.FAILED,
            MessageStatus.UNKNOWN,
            MessageStatus.CANCELED,
        },
        MessageStatus.UNKNOWN: {MessageStatus.SENT, MessageStatus.FAILED},
        MessageStatus.SENT: {},
        MessageStatus.FAILED: {},
        MessageStatus.DRY_RUN: {},
        MessageStatus.SKIPPED: {},
        MessageStatus.CANCELED: {},
    },
    initial={MessageStatus.PLANNED},
)

# Not yet past the point of no return; a reply or an opt-out cancels these.
MESSAGE_CANCELABLE = (
    MessageStatus.PLANNED,
    MessageStatus.AWAITING_APPROVAL,
    MessageStatus.QUEUED,
    MessageStatus.CLAIMED,
)
# The lead has this message, or may have it, or (dry run) would have it.
MESSAGE_OUT = (
    MessageStatus.SENDING,
    MessageStatus.SENT,
    MessageStatus.UNKNOWN,
    MessageStatus.DRY_RUN,
)


class ApprovalMode(models.TextChoices):
    REVIEW_ALL = "review_all"
    REVIEW_FIRST = "review_first"
    AUTOPILOT = "autopilot"


class ApprovalOutcome(models.TextChoices):
    """What a person did with a mail that was shown before it left."""

    APPROVED = "approved"
    EDITED = "edited"
    SKIPPED = "skipped"
