"""Every status the agents move rows through, and what may follow what.

The states page of the documentation is drawn from these tables, and migrations write
them into the database as triggers, so a move that is not here cannot happen.
"""

from __future__ import annotations

from agents.states.backfill import BACKFILL_TRANSITIONS, BackfillStatus
from agents.states.hold import HoldCode
from agents.states.imports import ImportState
from agents.states.lead import (
    HELD_CHECKS,
    LEAD_CORRECTABLE,
    LEAD_OPEN_TO_OUTREACH,
    LEAD_TRANSITIONS,
    AddressCheck,
    LeadStatus,
    lead_source_words,
)
from agents.states.message import (
    MESSAGE_CANCELABLE,
    MESSAGE_OUT,
    MESSAGE_TRANSITIONS,
    ApprovalMode,
    ApprovalOutcome,
    MessageMode,
    MessageStatus,
)
from agents.states.reply import (
    ANSWER_TRANSITIONS,
    CONVERSATION_TRANSITIONS,
    FOR_A_PERSON,
    HUMAN_REPLIES,
    INBOUND_TRANSITIONS,
    AnswerStatus,
    ConversationStatus,
    Decider,
    InboundSource,
    InboundStatus,
    ReplyLabel,
)
from agents.states.run import CycleAgent, CycleOutcome, SourceResult
from agents.states.sending import AttemptOutcome, CheckResult, DeliveryKind, QuotaMode
from agents.states.suppression import SuppressionKind, SuppressionReason
from agents.states.task import TASK_TRANSITIONS, TaskStatus

__all__ = [
    "ANSWER_TRANSITIONS",
    "BACKFILL_TRANSITIONS",
    "CONVERSATION_TRANSITIONS",
    "FOR_A_PERSON",
    "HELD_CHECKS",
    "HUMAN_REPLIES",
    "INBOUND_TRANSITIONS",
    "LEAD_CORRECTABLE",
    "LEAD_OPEN_TO_OUTREACH",
    "LEAD_TRANSITIONS",
    "MESSAGE_CANCELABLE",
    "MESSAGE_OUT",
    "MESSAGE_TRANSITIONS",
    "TASK_TRANSITIONS",
    "AddressCheck",
    "AnswerStatus",
    "ApprovalMode",
    "ApprovalOutcome",
    "AttemptOutcome",
    "BackfillStatus",
    "CheckResult",
    "ConversationStatus",
    "CycleAgent",
    "CycleOutcome",
    "Decider",
    "DeliveryKind",
    "HoldCode",
    "ImportState",
    "InboundSource",
    "InboundStatus",
    "LeadStatus",
    "MessageMode",
    "MessageStatus",
    "QuotaMode",
    "ReplyLabel",
    "SourceResult",
    "SuppressionKind",
    "SuppressionReason",
    "TaskStatus",
    "lead_source_words",
]
