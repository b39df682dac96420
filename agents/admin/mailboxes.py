"""What DNS says about the domains that send."""

from __future__ import annotations

from django.contrib import admin

from agents.models import DomainCheck
from hossagent.console import ConsoleAdmin


@admin.register(DomainCheck)
class DomainCheckAdmin(ConsoleAdmin):
    search_fields = ("domain",)
    search_help_text = "Domain"
