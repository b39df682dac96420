"""Conversations with leads, and every email that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q

from agents.admin.base import AgentsAdmin
from agents.admin.unmatched import assign_context
from agents.models import Conversation, InboundMessage
from agents.states import HUMAN_REPLIES, Decider
from hossagent.console import age, pill
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


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


class HumanReplyFilter(admin.SimpleListFilter):
    """Emails that a person wrote, apart from bounces and automatic replies."""

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
        more = assign_context(mail) if mail else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @admin.display(description="read by")
    def read_by(self, mail: InboundMessage) -> str:
        opinion = getattr(mail, "second_opinion", None)
        if opinion is None:
            return "rules" if mail.label else "-"
        if not opinion.decided_by:
            return "rules; the model will be asked"
        who = opinion.model if opinion.decided_by == Decider.MODEL else "rules"
        if not opinion.label:
            return f"{who}; the model gave no opinion"
        return f"{who}; the model said {opinion.label} {opinion.confidence:.0%}"

    @admin.display(description="age", ordering="received_at")
    def age(self, mail: InboundMessage) -> str:
        return age(mail.received_at, now=clock.now())

    @admin.display(description="origin")
    def simulated(self, mail: InboundMessage) -> str:
        return pill("SIMULATED") if mail.is_simulated else mail.get_source_display()
