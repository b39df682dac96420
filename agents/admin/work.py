"""Tasks: the work that is done for customers, and what it earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from agents.admin.base import AgentsAdmin, OverdueFilter
from agents.models import Task
from agents.states import TaskStatus
from agents.work.services.tasks.retry import retry_task
from hossagent.console import act_on_each
from hossagent.lib import clock
from hossagent.lib.money import format_cents, format_micros

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Task)
class TaskAdmin(AgentsAdmin):
    list_display = (
        "title",
        "owner",
        "state",
        "error",
        "reward",
        "cost",
        "profit",
        "attempts",
        "due",
        "age",
    )
    list_filter = ("status", OverdueFilter, "kind")
    actions = ("retry",)
    search_fields = ("title", "customer__company", "lead__company")
    search_help_text = "Title or company"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.action(description="Retry failed tasks")
    def retry(self, request: HttpRequest, chosen: QuerySet[Task]) -> None:
        def again(task: Task) -> str:
            is_done = retry_task(task=task, by=request.user.get_username(), now=clock.now())
            return "" if is_done else "only a failed task can be retried."

        act_on_each(request, chosen, permission="agents.change_task", do=again)

    @admin.display(description="reward")
    def reward(self, task: Task) -> str:
        return format_cents(task.reward_cents)

    @admin.display(description="cost")
    def cost(self, task: Task) -> str:
        return format_micros(task.cost_micros)

    @admin.display(description="profit")
    def profit(self, task: Task) -> str:
        if task.status != TaskStatus.DONE:
            return "-"
        return format_micros(task.reward_cents * 10_000 - task.cost_micros)
