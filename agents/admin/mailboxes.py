"""What DNS says about the domains that send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from agents.models import DomainCheck
from hossagent.console import ConsoleAdmin

if TYPE_CHECKING:
    pass


@admin.register(DomainCheck)
class DomainCheckAdmin(ConsoleAdmin):
    search_fields = ("domain",)
    search_help_text = "Domain"
