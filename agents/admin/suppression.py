"""Who must not be contacted, and why."""

from __future__ import annotations

from django.contrib import admin

from agents.admin.base import AgentsAdmin
from agents.models import Suppression


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
        return str(row.customer) if row.customer else "everyone"
