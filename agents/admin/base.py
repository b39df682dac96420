"""What the lists of all rooms share: common columns, and a filter by due time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from hossagent.console import ConsoleAdmin, age, pill
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

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
