"""Runs of the agents, the workers' heartbeats and the operator's switches."""

from __future__ import annotations

from django.contrib import admin

from agents.models import CycleRun, Heartbeat, SystemSettings
from hossagent.console import ConsoleAdmin, age, status_pill
from hossagent.lib import clock


@admin.register(CycleRun)
class CycleRunAdmin(ConsoleAdmin):
    list_display = ("started_at", "customer", "agent", "result", "counts", "error", "started_by")
    list_filter = ("outcome", "agent")
    search_fields = ("customer__company",)
    search_help_text = "Company"
    list_select_related = ("customer",)
    ordering = ("-pk",)

    @admin.display(description="outcome", ordering="outcome")
    def result(self, run: CycleRun) -> str:
        return status_pill(run.outcome)


@admin.register(Heartbeat)
class HeartbeatAdmin(ConsoleAdmin):
    list_display = ("loop", "beat_at", "since", "detail")
    ordering = ("loop",)

    @admin.display(description="age", ordering="beat_at")
    def since(self, beat: Heartbeat) -> str:
        return age(beat.beat_at, now=clock.now())


@admin.register(SystemSettings)
class SystemSettingsAdmin(ConsoleAdmin):
    list_display = ("__str__", "is_autopilot_on", "outreach_stopped_at", "digest_sent_on")
