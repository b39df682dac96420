"""What is done for customers: leads, messages, conversations, tasks and their records."""

from __future__ import annotations

from agents.models.answer import Answer
from agents.models.approval import ApprovalDecision
from agents.models.backfill import Backfill
from agents.models.conversation import Conversation
from agents.models.delivery import Breaker, DeliveryEvent, DomainCheck, Mailbox
from agents.models.export import DataExport
from agents.models.imports import ImportChunk, ImportFile, ImportJob
from agents.models.inbound import InboundMessage
from agents.models.inbox import InboxCursor
from agents.models.lead import Lead
from agents.models.message import Message, SendAttempt
from agents.models.opinion import SecondOpinion
from agents.models.profile import Profile
from agents.models.quota import DailyQuota, HourlyQuota, SendTotals, WriterSpend
from agents.models.run import CycleRun, Heartbeat, LeadSourceRun, RejectedCandidate, SourceProgress
from agents.models.sandbox import SandboxReaction
from agents.models.suppression import Suppression
from agents.models.system import SystemSettings
from agents.models.task import Task

__all__ = [
    "Answer",
    "ApprovalDecision",
    "Backfill",
    "Breaker",
    "Conversation",
    "CycleRun",
    "DailyQuota",
    "DataExport",
    "DeliveryEvent",
    "DomainCheck",
    "Heartbeat",
    "HourlyQuota",
    "ImportChunk",
    "ImportFile",
    "ImportJob",
    "InboundMessage",
    "InboxCursor",
    "Lead",
    "LeadSourceRun",
    "Mailbox",
    "Message",
    "Profile",
    "RejectedCandidate",
    "SandboxReaction",
    "SecondOpinion",
    "SendAttempt",
    "SendTotals",
    "SourceProgress",
    "Suppression",
    "SystemSettings",
    "Task",
    "WriterSpend",
]
