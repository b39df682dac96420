"""Lists of everything the agents keep: state, reason and age, with filters that ask the
questions an operator asks. Nothing is edited here; actions call services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q

from agents.admin.unmatched import placing_context
from agents.models import (
    Breaker,
    Conversation,
    CycleRun,
    DailyQuota,
    DeliveryEvent,
    DomainCheck,
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
from agents.outreach.services.breakers import rearm
from agents.outreach.services.delivery import resolve_unknown
from agents.states import HUMAN_REPLIES, Decider, TaskStatus
from agents.work.services.tasks.retry import retry_task
from hossagent.console import ConsoleAdmin, act_on_each, age, pill
from hossagent.lib import clock
from hossagent.lib.money import format_cents, format_micros

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

GOOD = frozenset({"sent", "done", "qualified", "converted", "processed", "ok", "OK", "success"})
BAD = frozenset(
    {
        "abandoned",
        "API_ERROR",
        "bounced",
        "email_failed",
        "fail",
        "failed",
        "invalid",
        "NO_CREDS",
        "refused",
        "throttled",
        "unknown",
        "unmatched",
    }
)


def state_pill(word: str) -> str:
    """The status as a pill in the color of its meaning."""
    return pill(word.replace("_", " "), "good" if word in GOOD else "bad" if word in BAD else "")


class HeldFilter(admin.SimpleListFilter):
    """Messages that a rule holds back, by the rule."""

    title = "held by"
    parameter_name = "held"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        codes = (
            Message.objects.filter(due_at__isnull=False)
            .exclude(held_code="")
            .values_list("held_code", flat=True)
            .distinct()
            .order_by("held_code")[:50]
        )
        return [("any", "anything"), *((code, code.replace("_", " ")) for code in codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        held = queryset.filter(due_at__isnull=False).exclude(held_code="")
        return held if self.value() == "any" else held.filter(held_code=self.value())


class OverdueFilter(admin.SimpleListFilter):
    """Rows whose time has come and that nobody has taken: is a worker missing?"""

    title = "due"
    parameter_name = "due"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("over", "overdue"), ("later", "later")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "over":
            return queryset.filter(due_at__lt=clock.now())
        if self.value() == "later":
            return queryset.filter(due_at__gte=clock.now())
        return queryset


class HumanReplyFilter(admin.SimpleListFilter):
    """Mail that a person wrote, apart from bounces and automatic answers."""

    title = "written by"
    parameter_name = "written"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("human", "a person"), ("machine", "a machine")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        human = Q(label__in=HUMAN_REPLIES)
        if self.value() == "human":
            return queryset.filter(human)
        if self.value() == "machine":
            return queryset.exclude(human | Q(label=""))
        return queryset


class AgentsAdmin(ConsoleAdmin):
    """Common columns of this app's lists."""

    @admin.display(description="state", ordering="status")
    def state(self, row: Any) -> str:
        return state_pill(row.status)

    @admin.display(description="due")
    def due(self, row: Any) -> str:
        return age(row.due_at, now=clock.now())

    @admin.display(description="age", ordering="created_at")
    def age(self, row: Any) -> str:
        return age(row.created_at, now=clock.now())

    @admin.display(description="customer", ordering="customer_id")
    def owner(self, row: Any) -> str:
        return str(row.customer) if row.customer_id else "-"


@admin.register(Lead)
class LeadAdmin(AgentsAdmin):
    change_list_template = "admin/uploads.html"
    list_display = ("company", "email", "owner", "state", "reason", "source", "kind", "age")
    list_filter = ("status", "is_fictional", "source")
    search_fields = ("company", "email_key", "domain")
    search_help_text = "Company, address or domain"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="kind")
    def kind(self, lead: Lead) -> str:
        return pill("fictional") if lead.is_fictional else "real"


@admin.register(Message)
class MessageAdmin(AgentsAdmin):
    list_display = ("subject", "to", "owner", "step", "mode", "state", "reason", "due", "age")
    list_filter = ("status", HeldFilter, OverdueFilter, "mode", "step")
    actions = ("settle_as_sent", "settle_as_failed")
    search_fields = ("lead__email_key", "lead__company", "subject", "message_id")
    search_help_text = "Address, company, subject or Message-ID"
    list_select_related = ("customer", "lead")
    ordering = ("-pk",)

    @admin.action(description="Settle: the provider's log says that it left")
    def settle_as_sent(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._settle(request, chosen, was_sent=True)

    @admin.action(description="Settle: the provider's log says that it did not leave")
    def settle_as_failed(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._settle(request, chosen, was_sent=False)

    def _settle(self, request: HttpRequest, chosen: QuerySet[Message], *, was_sent: bool) -> None:
        def one(message: Message) -> str:
            by, now = request.user.get_username(), clock.now()
            is_done = resolve_unknown(message=message, was_sent=was_sent, by=by, now=now)
            return "" if is_done else "only a mail with an unknown outcome can be settled."

        act_on_each(request, chosen, permission="agents.change_message", do=one)

    @admin.display(description="to")
    def to(self, message: Message) -> str:
        return message.lead.email

    @admin.display(description="reason")
    def reason(self, message: Message) -> str:
        return message.held_reason or message.error or "-"


@admin.register(SendAttempt)
class SendAttemptAdmin(ConsoleAdmin):
    list_display = ("at", "email", "subject", "mode", "result", "code", "detail")
    list_filter = ("outcome", "mode")
    search_fields = ("email", "subject", "code")
    search_help_text = "Address, subject or code"

    @admin.display(description="outcome", ordering="outcome")
    def result(self, attempt: SendAttempt) -> str:
        return state_pill(attempt.outcome)


@admin.register(Conversation)
class ConversationAdmin(AgentsAdmin):
    list_display = ("lead", "owner", "state", "label", "is_awaiting_answer", "last_reply", "age")
    list_filter = ("is_awaiting_answer", "status", "label", "customer__is_house")
    search_fields = ("lead__email_key", "lead__company")
    search_help_text = "Address or company"
    list_select_related = ("customer", "lead")
    ordering = ("-pk",)

    @admin.display(description="last reply", ordering="last_reply_at")
    def last_reply(self, conversation: Conversation) -> str:
        return age(conversation.last_reply_at, now=clock.now())


@admin.register(InboundMessage)
class InboundMessageAdmin(AgentsAdmin):
    list_display = (
        "subject",
        "from_address",
        "owner",
        "state",
        "label",
        "read_by",
        "matched_by",
        "simulated",
        "error",
        "age",
    )
    list_filter = ("status", HumanReplyFilter, "label", "source", "is_simulated")
    search_fields = ("from_address", "subject")
    search_help_text = "Sender or subject"
    list_select_related = ("customer", "second_opinion")
    change_form_template = "admin/inbound_message.html"
    exclude = ("raw",)
    ordering = ("-pk",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        mail = self.get_object(request, object_id)
        more = placing_context(mail) if mail else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @admin.display(description="read by")
    def read_by(self, mail: InboundMessage) -> str:
        opinion = getattr(mail, "second_opinion", None)
        if opinion is None:
            return "rules" if mail.label else "-"
        if not opinion.decided_by:
            return "rules; the model is asked"
        who = opinion.model if opinion.decided_by == Decider.MODEL else "rules"
        said = f"{opinion.label} {opinion.confidence:.0%}" if opinion.label else "nothing"
        return f"{who}; the model said {said}"

    @admin.display(description="age", ordering="received_at")
    def age(self, mail: InboundMessage) -> str:
        return age(mail.received_at, now=clock.now())

    @admin.display(description="origin")
    def simulated(self, mail: InboundMessage) -> str:
        return pill("SIMULATED") if mail.is_simulated else mail.get_source_display()


@admin.register(Task)
class TaskAdmin(AgentsAdmin):
    list_display = (
        "title",
        "owner",
        "state",
        "error",
        "reward",
        "cost",
        "profit",
        "attempts",
        "due",
        "age",
    )
    list_filter = ("status", OverdueFilter, "kind")
    actions = ("retry",)
    search_fields = ("title", "customer__company", "lead__company")
    search_help_text = "Title or company"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.action(description="Retry: give failed tasks another go")
    def retry(self, request: HttpRequest, chosen: QuerySet[Task]) -> None:
        def again(task: Task) -> str:
            is_done = retry_task(task=task, by=request.user.get_username(), now=clock.now())
            return "" if is_done else "only a failed task can be retried."

        act_on_each(request, chosen, permission="agents.change_task", do=again)

    @admin.display(description="reward")
    def reward(self, task: Task) -> str:
        return format_cents(task.reward_cents)

    @admin.display(description="cost")
    def cost(self, task: Task) -> str:
        return format_micros(task.cost_micros)

    @admin.display(description="profit")
    def profit(self, task: Task) -> str:
        if task.status != TaskStatus.DONE:
            return "-"
        return format_micros(task.reward_cents * 10_000 - task.cost_micros)


@admin.register(Suppression)
class SuppressionAdmin(AgentsAdmin):
    list_display = ("shown_value", "kind", "scope", "reason", "note", "age")
    list_filter = ("kind", "reason", ("customer", admin.EmptyFieldListFilter))
    search_fields = ("value", "value_hash")
    search_help_text = "Address, domain or hash"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="value")
    def shown_value(self, row: Suppression) -> str:
        return row.value or f"{row.value_hash[:12]}… (erased)"

    @admin.display(description="for")
    def scope(self, row: Suppression) -> str:
        return str(row.customer) if row.customer else "everybody"


@admin.register(CycleRun)
class CycleRunAdmin(ConsoleAdmin):
    list_display = ("started_at", "customer", "agent", "result", "counts", "error", "started_by")
    list_filter = ("outcome", "agent")
    search_fields = ("customer__company",)
    search_help_text = "Company"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="outcome", ordering="outcome")
    def result(self, run: CycleRun) -> str:
        return state_pill(run.outcome)


@admin.register(LeadSourceRun)
class LeadSourceRunAdmin(ConsoleAdmin):
    list_display = ("at", "customer", "provider", "outcome", "created", "skipped", "detail")
    list_filter = ("result", "provider")
    search_fields = ("customer__company", "detail")
    search_help_text = "Company or detail"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="result", ordering="result")
    def outcome(self, run: LeadSourceRun) -> str:
        return state_pill(run.result)


@admin.register(HourlyQuota)
class HourlyQuotaAdmin(ConsoleAdmin):
    list_display = ("hour", "mode", "used")
    list_filter = ("mode",)
    ordering = ("-hour",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ConsoleAdmin):
    list_display = ("loop", "beat_at", "since", "detail")
    ordering = ("loop",)

    @admin.display(description="age", ordering="beat_at")
    def since(self, beat: Heartbeat) -> str:
        return age(beat.beat_at, now=clock.now())


@admin.register(DailyQuota)
class DailyQuotaAdmin(ConsoleAdmin):
    list_display = ("day", "customer", "mode", "used")
    list_filter = ("mode",)
    search_fields = ("customer__company",)
    search_help_text = "Company"
    list_select_related = ("customer",)
    ordering = ("-day", "-pk")


@admin.register(Profile)
class ProfileAdmin(ConsoleAdmin):
    list_display = ("customer", "approval_mode", "sender_name", "outreach_paused_at")
    list_filter = ("approval_mode", ("outreach_paused_at", admin.EmptyFieldListFilter))
    search_fields = ("customer__company", "sender_name")
    search_help_text = "Company or sender"
    list_select_related = ("customer",)
    ordering = ("-pk",)


@admin.register(SandboxReaction)
class SandboxReactionAdmin(ConsoleAdmin):
    list_display = ("message", "persona", "due", "answered_at")
    list_filter = ("persona",)
    search_fields = ("message__lead__email_key",)
    search_help_text = "Address"
    list_select_related = ("message__lead",)
    ordering = ("-pk",)

    @admin.display(description="due", ordering="due_at")
    def due(self, reaction: SandboxReaction) -> str:
        return age(reaction.due_at, now=clock.now())


@admin.register(SystemSettings)
class SystemSettingsAdmin(ConsoleAdmin):
    list_display = ("__str__", "is_autopilot_on", "outreach_stopped_at", "digest_sent_on")


class OpenFilter(admin.SimpleListFilter):
    """Breakers that still stop mail."""

    title = "state"
    parameter_name = "open"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("yes", "open: stops mail"), ("no", "re-armed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(rearmed_at__isnull=self.value() == "yes")


@admin.register(Breaker)
class BreakerAdmin(ConsoleAdmin):
    """What the numbers stopped; only a person starts it again."""

    list_display = ("code", "scope", "what", "sentence", "numbers", "age", "rearmed_by")
    list_filter = (OpenFilter,)
    search_fields = ("code", "scope", "sentence")
    search_help_text = "Code, scope or sentence"
    actions = ("rearm",)

    @admin.display(description="state")
    def what(self, breaker: Breaker) -> str:
        return pill("re-armed") if breaker.rearmed_at else pill("open", "bad")

    @admin.display(description="age", ordering="tripped_at")
    def age(self, breaker: Breaker) -> str:
        return age(breaker.tripped_at, now=clock.now())

    @admin.action(description="Re-arm: what it stopped may send again")
    def rearm(self, request: HttpRequest, chosen: QuerySet[Breaker]) -> None:
        def one(breaker: Breaker) -> str:
            is_done = rearm(breaker=breaker, by=request.user.get_username(), now=clock.now())
            return "" if is_done else "it was re-armed before."

        act_on_each(request, chosen, permission="agents.change_breaker", do=one)


@admin.register(DomainCheck)
class DomainCheckAdmin(ConsoleAdmin):
    search_fields = ("domain",)
    search_help_text = "Domain"


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ConsoleAdmin):
    list_display = ("at", "kind", "email", "detail", "source")
    list_filter = ("kind", "source")
    search_fields = ("email", "detail", "external_id")
    search_help_text = "Address, detail or the provider's id"
