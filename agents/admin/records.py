"""Every row the agents write, to look at: lists show state, reason and age."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin

from agents.models import (
    Conversation,
    DailyQuota,
    Heartbeat,
    HourlyQuota,
    InboundMessage,
    Lead,
    LeadSourceRun,
    Message,
    Profile,
    SandboxReaction,
    SendAttempt,
    Suppression,
    SystemSettings,
    Task,
)
from hossagent.console import ConsoleAdmin, age
from hossagent.lib import clock
from hossagent.lib.money import format_cents, format_micros

if TYPE_CHECKING:
    from typing import Any


class OfCustomer(ConsoleAdmin):
    """A list of rows that belong to customers, with the age of each."""

    list_select_related: ClassVar = ["customer"]

    @admin.display(description="age", ordering="created_at")
    def age(self, row: Any) -> str:
        return age(row.created_at, now=clock.now())

    @admin.display(description="due", ordering="due_at")
    def due(self, row: Any) -> str:
        return age(row.due_at, now=clock.now())


@admin.register(Lead)
class LeadAdmin(OfCustomer):
    list_display = ("company", "email", "customer", "status", "source", "reason", "age")
    list_filter = ("status", "is_fictional", "source")
    search_fields = ("company", "email", "contact_name", "domain")


@admin.register(Message)
class MessageAdmin(OfCustomer):
    list_display = ("subject", "lead", "customer", "mode", "status", "held_reason", "due", "age")
    list_select_related: ClassVar = ["customer", "lead"]
    list_filter = ("status", "mode", "held_code")
    search_fields = ("subject", "lead__email", "lead__company", "message_id")
    raw_id_fields = ("lead", "customer")


@admin.register(SendAttempt)
class SendAttemptAdmin(ConsoleAdmin):
    list_display = ("at", "email", "subject", "mode", "outcome", "code", "detail")
    list_filter = ("outcome", "mode", "code")
    search_fields = ("email", "subject")


@admin.register(Conversation)
class ConversationAdmin(OfCustomer):
    list_display = ("lead", "customer", "status", "label", "is_awaiting_answer", "age")
    list_select_related: ClassVar = ["customer", "lead"]
    list_filter = ("status", "label", "is_awaiting_answer")
    search_fields = ("lead__email", "lead__company")
    exclude = ("token",)


@admin.register(InboundMessage)
class InboundMessageAdmin(ConsoleAdmin):
    list_display = ("subject", "from_address", "customer", "status", "label", "error", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("status", "label", "source", "is_simulated")
    search_fields = ("subject", "from_address", "external_id")
    exclude = ("raw",)

    @admin.display(description="age", ordering="received_at")
    def age(self, mail: InboundMessage) -> str:
        return age(mail.received_at, now=clock.now())


@admin.register(SandboxReaction)
class SandboxReactionAdmin(ConsoleAdmin):
    list_display = ("message", "persona", "due_at", "answered_at")
    list_select_related: ClassVar = ["message", "message__lead"]
    list_filter = ("persona",)
    search_fields = ("message__lead__email",)


@admin.register(Task)
class TaskAdmin(OfCustomer):
    list_display = ("title", "customer", "status", "reward", "cost", "profit", "error", "age")
    list_filter = ("status", "kind")
    search_fields = ("title", "customer__company")

    @admin.display(description="reward", ordering="reward_cents")
    def reward(self, task: Task) -> str:
        return format_cents(task.reward_cents)

    @admin.display(description="cost", ordering="cost_micros")
    def cost(self, task: Task) -> str:
        return format_micros(task.cost_micros)

    @admin.display(description="profit")
    def profit(self, task: Task) -> str:
        return format_micros(task.reward_cents * 10_000 - task.cost_micros)


@admin.register(Profile)
class ProfileAdmin(ConsoleAdmin):
    list_display = ("customer", "approval_mode", "sender_name", "outreach_paused_at")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("approval_mode",)
    search_fields = ("customer__company", "sender_name")


@admin.register(Suppression)
class SuppressionAdmin(OfCustomer):
    list_display = ("kind", "value", "reason", "customer", "note", "age")
    list_filter = ("kind", "reason")
    search_fields = ("value", "value_hash", "customer__company")


@admin.register(HourlyQuota)
class HourlyQuotaAdmin(ConsoleAdmin):
    list_display = ("hour", "mode", "used")
    list_filter = ("mode",)
    ordering = ("-hour",)


@admin.register(DailyQuota)
class DailyQuotaAdmin(ConsoleAdmin):
    list_display = ("day", "customer", "mode", "used")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("mode",)
    search_fields = ("customer__company",)
    ordering = ("-day",)


@admin.register(LeadSourceRun)
class LeadSourceRunAdmin(ConsoleAdmin):
    list_display = ("at", "customer", "provider", "result", "created", "skipped", "detail")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("result", "provider")
    search_fields = ("customer__company", "detail")
    ordering = ("-at",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ConsoleAdmin):
    list_display = ("loop", "beat_at", "last_beat", "detail")

    @admin.display(description="age")
    def last_beat(self, beat: Heartbeat) -> str:
        return age(beat.beat_at, now=clock.now())


@admin.register(SystemSettings)
class SystemSettingsAdmin(ConsoleAdmin):
    list_display = ("__str__", "is_autopilot_on", "outreach_stopped_at")
