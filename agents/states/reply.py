"""What came in, what it means, and what a person wrote back."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class ConversationStatus(Toned, models.TextChoices):
    OPEN = "open"
    HUMAN = "human"
    CLOSED = "closed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            quiet={cls.CLOSED},
            neutral={cls.OPEN, cls.HUMAN},
        )


CONVERSATION_TRANSITIONS = Transitions(
    ConversationStatus,
    {
        ConversationStatus.OPEN: {ConversationStatus.HUMAN, ConversationStatus.CLOSED},
        ConversationStatus.HUMAN: {ConversationStatus.OPEN, ConversationStatus.CLOSED},
        ConversationStatus.CLOSED: {ConversationStatus.OPEN, ConversationStatus.HUMAN},
    },
    initial={ConversationStatus.OPEN},
)


class InboundStatus(Toned, models.TextChoices):
    """Never silently neither: a mail is processed, or it is pending and says why."""

    PENDING = "pending"
    PROCESSED = "processed"
    UNMATCHED = "unmatched"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.PROCESSED},
            bad={cls.UNMATCHED},
            neutral={cls.PENDING},
        )


INBOUND_TRANSITIONS = Transitions(
    InboundStatus,
    {
        InboundStatus.PENDING: {InboundStatus.PROCESSED, InboundStatus.UNMATCHED},
        # A newer classifier, or a person, may look again.
        InboundStatus.PROCESSED: {InboundStatus.PENDING},
        InboundStatus.UNMATCHED: {InboundStatus.PENDING, InboundStatus.PROCESSED},
    },
    initial={InboundStatus.PENDING},
)


class InboundSource(models.TextChoices):
    SENDGRID = "sendgrid"
    IMAP = "imap"
    SANDBOX = "sandbox"


class ReplyLabel(Toned, models.TextChoices):
    """What a received mail is; each label has one consequence in `agents.inbox`."""

    INTERESTED = "interested"
    QUESTION = "question"
    REFERRAL = "referral"
    NOT_NOW = "not_now"
    NOT_INTERESTED = "not_interested"
    OPT_OUT = "opt_out"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    UNCLEAR = "unclear"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.INTERESTED},
            bad={cls.OPT_OUT, cls.BOUNCE, cls.COMPLAINT},
            neutral={
                cls.QUESTION,
                cls.REFERRAL,
                cls.NOT_NOW,
                cls.NOT_INTERESTED,
                cls.OUT_OF_OFFICE,
                cls.DELAY,
                cls.AUTO_REPLY,
                cls.UNCLEAR,
            },
        )


class Decider(models.TextChoices):
    """Whose word a reply's label is, when a second opinion was asked for."""

    RULES = "rules"
    MODEL = "model"


HUMAN_REPLIES = (
    ReplyLabel.INTERESTED,
    ReplyLabel.QUESTION,
    ReplyLabel.REFERRAL,
    ReplyLabel.NOT_NOW,
    ReplyLabel.NOT_INTERESTED,
    ReplyLabel.UNCLEAR,
)
# These wait for a person's answer; the other human replies need none.
FOR_A_PERSON = frozenset(
    {
        ReplyLabel.INTERESTED,
        ReplyLabel.QUESTION,
        ReplyLabel.REFERRAL,
        ReplyLabel.UNCLEAR,
    }
)


class AnswerStatus(Toned, models.TextChoices):
    """A person's answer in a conversation: at most once, like every mail to a prospect."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DRY_RUN = "dry_run"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.SENT},
            bad={cls.FAILED, cls.UNKNOWN},
            neutral={cls.QUEUED, cls.SENDING, cls.DRY_RUN},
        )


ANSWER_TRANSITIONS = Transitions(
    AnswerStatus,
    {
        AnswerStatus.QUEUED: {AnswerStatus.SENDING, AnswerStatus.DRY_RUN, AnswerStatus.FAILED},
        # The point of no return, as for messages.
        AnswerStatus.SENDING: {AnswerStatus.SENT, AnswerStatus.FAILED, AnswerStatus.UNKNOWN},
        AnswerStatus.UNKNOWN: {AnswerStatus.SENT, AnswerStatus.FAILED},
        AnswerStatus.SENT: {},
        AnswerStatus.FAILED: {},
        AnswerStatus.DRY_RUN: {},
    },
    initial={AnswerStatus.QUEUED},
)
