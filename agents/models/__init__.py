"""What is done for customers: leads, messages, conversations, tasks and their records."""

from __future__ import annotations

from agents.models.conversation import Conversation, InboundMessage, SandboxReaction
from agents.models.lead import Lead
from agents.models.message import Message, SendAttempt
from agents.models.profile import Profile
from agents.models.quota import DailyQuota, HourlyQuota, WriterSpend
from agents.models.run import CycleRun, Heartbeat, LeadSourceRun, SourceProgress
from agents.models.suppression import Suppression
from agents.models.system import SystemSettings
from agents.models.task import Task

__all__ = [
    "Conversation",
    "CycleRun",
    "DailyQuota",
    "Heartbeat",
    "HourlyQuota",
    "InboundMessage",
    "Lead",
    "LeadSourceRun",
    "Message",
    "Profile",
    "SandboxReaction",
    "SendAttempt",
    "SourceProgress",
    "Suppression",
    "SystemSettings",
    "Task",
    "WriterSpend",
]
