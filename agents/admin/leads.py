"""Leads of all customers, and the searches that found them."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import AgentsAdmin
from agents.models import Lead, LeadSourceRun
from hossagent.console import ConsoleAdmin, pill, status_pill


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
        return status_pill(run.result)
