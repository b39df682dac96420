"""Uploads of leads, whoever's: how far each is, what it came to, and why one stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q

from agents.admin.lists import state_pill
from agents.models import ImportJob
from hossagent.console import ConsoleAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

# State → which uploads are in it; in the order in which an upload passes through them.
STATES = {
    "waiting": Q(due_at=None, finished_at=None),
    "running": Q(due_at__isnull=False),
    "done": Q(finished_at__isnull=False, error=""),
    "failed": Q(finished_at__isnull=False) & ~Q(error=""),
}


def state_of(job: ImportJob) -> str:
    """The key in `STATES` of the one that this upload is in."""
    if job.finished_at is None:
        return "running" if job.due_at else "waiting"
    return "failed" if job.error else "done"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(state, state) for state in STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(STATES.get(self.value() or "", Q()))


@admin.register(ImportJob)
class ImportJobAdmin(ConsoleAdmin):
    list_display = (
        *("uploaded_at", "customer", "file_name", "state", "done", "total"),
        *("created", "duplicate", "suppressed", "invalid", "over_allowance", "error"),
    )
    list_filter = (StateFilter,)
    search_fields = ("customer__company", "file_name", "uploaded_by")
    search_help_text = "Company, file or who uploaded it"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="state")
    def state(self, job: ImportJob) -> str:
        return state_pill(state_of(job))
