"""Every status the agents move rows through, and what may follow what.

`docs/reference/states.md` is drawn from these tables, and migrations write them into the database
as triggers, so a move that is not here cannot happen.
"""

from __future__ import annotations

from django.db import models

from hossagent.lib.transitions import Transitions


class LeadStatus(models.TextChoices):
    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    EMAIL_FAILED = "email_failed"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    INVALID = "invalid"
    CLOSED = "closed"


# From anywhere, a person may opt out; that is never undone.
_LEAD_EXITS = {LeadStatus.UNSUBSCRIBED, LeadStatus.INVALID, LeadStatus.CLOSED}

LEAD_TRANSITIONS = Transitions(
    LeadStatus,
    {
        LeadStatus.NEW: {
            LeadStatus.CONTACTED,
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.EMAIL_FAILED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        LeadStatus.CONTACTED: {
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.EMAIL_FAILED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        LeadStatus.REPLIED: {LeadStatus.QUALIFIED, LeadStatus.BOUNCED, *_LEAD_EXITS},
        LeadStatus.QUALIFIED: {LeadStatus.CONVERTED, *_LEAD_EXITS},
        LeadStatus.CONVERTED: {LeadStatus.UNSUBSCRIBED},
        LeadStatus.EMAIL_FAILED: {
            LeadStatus.NEW,
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        # A bounce belongs to the address; the person may still write from another one.
        LeadStatus.BOUNCED: {LeadStatus.REPLIED, LeadStatus.QUALIFIED, *_LEAD_EXITS},
        LeadStatus.INVALID: {LeadStatus.NEW, LeadStatus.CLOSED},
        LeadStatus.CLOSED: {LeadStatus.REPLIED, LeadStatus.QUALIFIED, LeadStatus.UNSUBSCRIBED},
        LeadStatus.UNSUBSCRIBED: {},
    },
    initial={LeadStatus.NEW, LeadStatus.INVALID},
)

# Leads that outreach may still write to.
LEAD_OPEN_TO_OUTREACH = (LeadStatus.NEW, LeadStatus.CONTACTED)
# Leads in whose place a corrected entry may be put: nobody has answered or decided.
LEAD_CORRECTABLE = (
    *LEAD_OPEN_TO_OUTREACH,
    LeadStatus.EMAIL_FAILED,
    LeadStatus.BOUNCED,
    LeadStatus.INVALID,
)


class MessageMode(models.TextChoices):
    """What the message was planned for. A dry run never becomes a live message."""

    DRY_RUN = "dry_run"
    LIVE = "live"


class QuotaMode(models.TextChoices):
    """Whose counters a mail uses. The sandbox world has its own clock, so its own too."""

    DRY_RUN = "dry_run"
    LIVE = "live"
    SANDBOX = "sandbox"


class MessageStatus(models.TextChoices):
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


class AttemptOutcome(models.TextChoices):
    SUCCESS = "success"
    FAIL = "fail"
    THROTTLED = "throttled"
    REFUSED = "refused"
    DRY_RUN = "dry_run"
    UNKNOWN = "unknown"


class DeliveryKind(models.TextChoices):
    """What a provider's event or a bounce says about one mail that left."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    DROPPED = "dropped"
    UNSUBSCRIBED = "unsubscribed"


class CheckResult(models.TextChoices):
    """The answer to one question about a sending domain; no answer is UNKNOWN."""

    PASS = "pass"  # noqa: S105 # an outcome, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"


class ConversationStatus(models.TextChoices):
    OPEN = "open"
    HUMAN = "human"
    CLOSED = "closed"


CONVERSATION_TRANSITIONS = Transitions(
    ConversationStatus,
    {
        ConversationStatus.OPEN: {ConversationStatus.HUMAN, ConversationStatus.CLOSED},
        ConversationStatus.HUMAN: {ConversationStatus.OPEN, ConversationStatus.CLOSED},
        ConversationStatus.CLOSED: {ConversationStatus.OPEN, ConversationStatus.HUMAN},
    },
    initial={ConversationStatus.OPEN},
)


class InboundStatus(models.TextChoices):
    """Never silently neither: a mail is processed, or it is pending and says why."""

    PENDING = "pending"
    PROCESSED = "processed"
    UNMATCHED = "unmatched"


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


class ReplyLabel(models.TextChoices):
    """What a received mail is; each label has one consequence in `services.inbound`."""

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


class AnswerStatus(models.TextChoices):
    """A person's answer in a conversation: at most once, like every mail to a prospect."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DRY_RUN = "dry_run"


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


class ApprovalOutcome(models.TextChoices):
    """What a person did with a mail that was shown before it left."""

    APPROVED = "approved"
    EDITED = "edited"
    SKIPPED = "skipped"


class TaskStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


TASK_TRANSITIONS = Transitions(
    TaskStatus,
    {
        TaskStatus.PENDING: {TaskStatus.RUNNING, TaskStatus.FAILED},
        TaskStatus.RUNNING: {TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.PENDING},
        TaskStatus.DONE: {},
        # A person may give a failed task another go.
        TaskStatus.FAILED: {TaskStatus.PENDING},
    },
    initial={TaskStatus.PENDING},
)


class CycleAgent(models.TextChoices):
    """The five agents, in the order of a pass."""

    LEAD_SOURCE = "lead_source"
    BIZDEV = "bizdev"
    ONBOARDING = "onboarding"
    OPS = "ops"
    BILLING = "billing"


class CycleOutcome(models.TextChoices):
    OK = "ok"
    IDLE = "idle"
    SKIPPED = "skipped"
    FAILED = "failed"
    ABANDONED = "abandoned"


class AddressCheck(models.TextChoices):
    """What is known about a lead's address. Undeliverable is never mailed, risky held."""

    UNVERIFIED = "unverified"
    DELIVERABLE = "deliverable"
    RISKY = "risky"
    UNDELIVERABLE = "undeliverable"


# Checks that stand in the way of outreach; such a lead waits for a person.
HELD_CHECKS = (AddressCheck.RISKY, AddressCheck.UNDELIVERABLE)


class SourceResult(models.TextChoices):
    OK = "OK"
    API_ERROR = "API_ERROR"
    NO_CREDS = "NO_CREDS"


class SuppressionKind(models.TextChoices):
    ADDRESS = "address"
    DOMAIN = "domain"


class SuppressionReason(models.TextChoices):
    OPT_OUT = "opt_out"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    LEGAL = "legal"


class ApprovalMode(models.TextChoices):
    REVIEW_ALL = "review_all"
    REVIEW_FIRST = "review_first"
    AUTOPILOT = "autopilot"
