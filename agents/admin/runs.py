"""Passes in the console, and the buttons of the control room: POST, audited."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.models import Customer
from accounts.services import audit
from agents.models import CycleRun
from agents.services import switches
from agents.services.autopilot import CustomerBusy, run_pass
from agents.states import CycleAgent, CycleOutcome
from hossagent.console import ConsoleAdmin, age
from hossagent.lib import clock

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

# A click is answered within about this; the autopilot takes whoever is left.
CLICK_BUDGET = timedelta(seconds=20)


def agent_name(agent: CycleAgent) -> str:
    """`Lead Source`, `BizDev`: as the five agents are called everywhere."""
    return "BizDev" if agent is CycleAgent.BIZDEV else agent.label


@admin.register(CycleRun)
class CycleRunAdmin(ConsoleAdmin):
    list_display = ("agent", "customer", "outcome", "counts", "error", "started_by", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("agent", "outcome")
    search_fields = ("customer__company", "error", "started_by")
    ordering = ("-pk",)

    @admin.display(description="age", ordering="started_at")
    def age(self, run: CycleRun) -> str:
        return age(run.started_at, now=clock.now())

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("run/<str:agent>/", wrap(require_POST(run_agent)), name="agents_run"),
            path("switch/<str:switch>/", wrap(require_POST(flip_switch)), name="agents_switch"),
            *super().get_urls(),
        ]


def run_agent(request: HttpRequest, agent: str) -> HttpResponse:
    """Run one agent for every customer with its autopilot on, longest waiting first."""
    if agent not in CycleAgent.values or not request.user.has_perm("agents.add_cyclerun"):
        messages.error(request, "You may not run this agent. Ask the owner of the installation.")
        return redirect("admin:index")
    started, by = clock.now(), str(request.user)
    audit.record(at=started, actor=by, action=f"agents.run.{agent}")
    outcomes, left = _run_for_all(CycleAgent(agent), started=started, by=by)
    label = agent_name(CycleAgent(agent))
    if not outcomes and not left:
        messages.warning(request, f"{label}: no customer has its autopilot on.")
        return redirect("admin:index")
    said = ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))
    rest = f" {left} more customers are left to the autopilot." if left else ""
    level = messages.ERROR if outcomes[CycleOutcome.FAILED] else messages.SUCCESS
    messages.add_message(request, level, f"{label} ran: {said}.{rest}")
    return redirect("admin:index")


def _run_for_all(agent: CycleAgent, *, started: datetime, by: str) -> tuple[Counter[str], int]:
    """How many passes ended how, and how many customers the click had no time for."""
    outcomes: Counter[str] = Counter()
    customers = list(Customer.objects.filter(autopilot=True).order_by("next_run_at", "pk")[:1_000])
    for done, customer in enumerate(customers):
        now = clock.now()
        if now - started > CLICK_BUDGET:
            return outcomes, len(customers) - done
        try:
            runs = run_pass(customer=customer, now=now, agents=[agent], by=by, clock=clock.now)
        except CustomerBusy:
            outcomes["busy"] += 1
        else:
            outcomes.update(run.outcome for run in runs)
    return outcomes, 0


def flip_switch(request: HttpRequest, switch: str) -> HttpResponse:
    """Autopilot on or off, outreach stopped or going, for everybody."""
    if not request.user.has_perm("agents.change_systemsettings"):
        messages.error(request, "You may not turn switches. Ask the owner of the installation.")
        return redirect("admin:index")
    now, by = clock.now(), str(request.user)
    if switch in {"autopilot-on", "autopilot-off"}:
        is_on = switch == "autopilot-on"
        switches.set_autopilot(is_on=is_on, by=by, now=now)
        messages.success(request, f"Autopilot is {'on' if is_on else 'off'} for everybody.")
    elif switch == "outreach-stop":
        switches.stop_outreach(by=by, now=now)
        messages.success(request, "Outreach is stopped for everybody. Nothing new is claimed.")
    elif switch == "outreach-resume":
        switches.resume_outreach(by=by, now=now)
        messages.success(request, "Outreach goes again. What waited is asked anew.")
    else:
        messages.error(request, "There is no such switch.")
    return redirect("admin:index")
