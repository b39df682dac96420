"""Replies that the sandbox world is about to send."""

from __future__ import annotations

from django.contrib import admin

from agents.models import SandboxReaction
from hossagent.console import ConsoleAdmin, age
from hossagent.lib import clock


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
