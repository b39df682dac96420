"""Emails to prospects, each try to send one, and what limits or stops them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from agents.admin.base import AgentsAdmin, OverdueFilter
from agents.models import Breaker, DailyQuota, DeliveryEvent, HourlyQuota, Message, SendAttempt
from agents.outreach.services.breakers import reset_breaker
from agents.outreach.services.delivery import resolve_unknown
from hossagent.console import ConsoleAdmin, act_on_each, age, pill, status_pill
from hossagent.lib import clock
from hossagent.lib.tones import Tone

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class HeldFilter(admin.SimpleListFilter):
    """Messages that are held, by the rule that holds them."""

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
        return [("any", "any rule"), *((code, code.replace("_", " ")) for code in codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        held = queryset.filter(due_at__isnull=False).exclude(held_code="")
        return held if self.value() == "any" else held.filter(held_code=self.value())


@admin.register(Message)
class MessageAdmin(AgentsAdmin):
    list_display = ("subject", "to", "owner", "step", "mode", "state", "reason", "due", "age")
    list_filter = ("status", HeldFilter, OverdueFilter, "mode", "step")
    actions = ("resolve_as_sent", "resolve_as_failed")
    search_fields = ("lead__email_key", "lead__company", "subject", "message_id")
    search_help_text = "Address, company, subject or Message-ID"
    list_select_related = ("customer", "lead")
    ordering = ("-pk",)

    @admin.action(description="Resolve: the provider's log says it was sent")
    def resolve_as_sent(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._resolve(request, chosen, was_sent=True)

    @admin.action(description="Resolve: the provider's log says it was not sent")
    def resolve_as_failed(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._resolve(request, chosen, was_sent=False)

    def _resolve(self, request: HttpRequest, chosen: QuerySet[Message], *, was_sent: bool) -> None:
        def one(message: Message) -> str:
            by, now = request.user.get_username(), clock.now()
            is_done = resolve_unknown(message=message, was_sent=was_sent, by=by, now=now)
            return "" if is_done else "only an email with an unknown outcome can be resolved."

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
        return status_pill(attempt.outcome)


class OpenFilter(admin.SimpleListFilter):
    """Breakers that still stop email."""

    title = "state"
    parameter_name = "open"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("yes", "open: stops email"), ("no", "reset")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(rearmed_at__isnull=self.value() == "yes")


@admin.register(Breaker)
class BreakerAdmin(ConsoleAdmin):
    """Sending that the numbers stopped; only a person can reset it."""

    list_display = ("code", "scope", "what", "sentence", "numbers", "age", "reset_by")
    list_filter = (OpenFilter,)
    search_fields = ("code", "scope", "sentence")
    search_help_text = "Code, scope or sentence"
    actions = ("rearm",)

    @admin.display(description="state")
    def what(self, breaker: Breaker) -> str:
        return pill("reset") if breaker.rearmed_at else pill("open", Tone.BAD)

    @admin.display(description="age", ordering="tripped_at")
    def age(self, breaker: Breaker) -> str:
        return age(breaker.tripped_at, now=clock.now())

    @admin.display(description="reset by", ordering="rearmed_by")
    def reset_by(self, breaker: Breaker) -> str:
        return breaker.rearmed_by or "-"

    @admin.action(description="Reset breaker")
    def rearm(self, request: HttpRequest, chosen: QuerySet[Breaker]) -> None:
        def one(breaker: Breaker) -> str:
            is_done = reset_breaker(
                breaker=breaker, by=request.user.get_username(), now=clock.now()
            )
            return "" if is_done else "it was already reset."

        act_on_each(request, chosen, permission="agents.change_breaker", do=one)


@admin.register(HourlyQuota)
class HourlyQuotaAdmin(ConsoleAdmin):
    list_display = ("hour", "mode", "used")
    list_filter = ("mode",)
    ordering = ("-hour",)


@admin.register(DailyQuota)
class DailyQuotaAdmin(ConsoleAdmin):
    list_display = ("day", "customer", "mode", "used")
    list_filter = ("mode",)
    search_fields = ("customer__company",)
    search_help_text = "Company"
    list_select_related = ("customer",)
    ordering = ("-day", "-pk")


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ConsoleAdmin):
    list_display = ("at", "kind", "email", "detail", "source")
    list_filter = ("kind", "source")
    search_fields = ("email", "detail", "external_id")
    search_help_text = "Address, detail or the provider's id"
