"""What the lists of all rooms share: common columns, and a filter by due time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from hossagent.console import ConsoleAdmin, age, status_pill
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class OverdueFilter(admin.SimpleListFilter):
    """Rows that are due and that no worker has taken: is a worker missing?"""

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
        return status_pill(row.status)

    @admin.display(description="due")
    def due(self, row: Any) -> str:
        return age(row.due_at, now=clock.now())

    @admin.display(description="age", ordering="created_at")
    def age(self, row: Any) -> str:
        return age(row.created_at, now=clock.now())

    @admin.display(description="customer", ordering="customer_id")
    def owner(self, row: Any) -> str:
        return str(row.customer) if row.customer_id else "-"
