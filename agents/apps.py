"""Django's configuration of this app."""

from __future__ import annotations

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"

    def ready(self) -> None:
        from agents.autopilot.services.heartbeats import record_heartbeat  # noqa: PLC0415 # models are ready
        from hossagent.lib.loops import on_report  # noqa: PLC0415 # the same

        on_report(record_heartbeat)
