"""What each customer has set for its outreach."""

from __future__ import annotations

from django.contrib import admin

from agents.models import Profile
from hossagent.console import ConsoleAdmin


@admin.register(Profile)
class ProfileAdmin(ConsoleAdmin):
    list_display = ("customer", "approval_mode", "sender_name", "outreach_paused_at")
    list_filter = ("approval_mode", ("outreach_paused_at", admin.EmptyFieldListFilter))
    search_fields = ("customer__company", "sender_name")
    search_help_text = "Company or sender"
    list_select_related = ("customer",)
    ordering = ("-pk",)
