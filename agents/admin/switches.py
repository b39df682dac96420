"""The console's buttons: run an agent, switch the autopilot, stop all outreach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.autopilot.services import switches
from agents.autopilot.services.manual_run import RunTotals, run_for_all
from agents.states import CycleAgent
from hossagent.admin_site import register_page
from hossagent.console import require_permission
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

OPERATE = "agents.change_systemsettings"
ALL = "all"


@require_POST
def run_agent(request: HttpRequest, agent: str) -> HttpResponse:
    """Run one agent, or all, for the customers that have waited longest, for a few seconds.

    The other customers become due, and the workers take them at once.
    """
    require_permission(request, OPERATE)
    if agent != ALL and agent not in CycleAgent.values:
        raise Http404("no such agent")
    chosen = None if agent == ALL else [CycleAgent(agent)]
    totals = run_for_all(agents=chosen, by=actor(request), clock=clock.now)
    name = "All agents" if chosen is None else chosen[0].label
    _show_totals(request, name, totals)
    return HttpResponseRedirect(reverse("admin:index"))


def _show_totals(request: HttpRequest, name: str, totals: RunTotals) -> None:
    done = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in totals.counts.items())
    customers = f"{totals.customers} customer{'' if totals.customers == 1 else 's'}"
    sentence = f"{name}: {customers}, {done or 'nothing to do'}."
    if totals.left:
        sentence += f" The workers will run {totals.left} more."
    if totals.busy:
        sentence += f" {totals.busy} already had a run in progress."
    if totals.failed:
        messages.error(request, f"{sentence} {totals.failed} failed. See the runs for the errors.")
    else:
        messages.success(request, sentence)


@require_POST
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Turn the autopilot on or off, stop or resume all outreach."""
    require_permission(request, OPERATE)
    by, now = actor(request), clock.now()
    if name == "autopilot-on":
        switches.set_autopilot_for_all(is_on=True, by=by, now=now)
        done = "The autopilot is on. Emails that it held are due now."
    elif name == "autopilot-off":
        switches.set_autopilot_for_all(is_on=False, by=by, now=now)
        done = "The autopilot is off. No email is sent. Cycles that are running will finish."
    elif name == "outreach-stop":
        switches.stop_outreach(by=by, now=now)
        done = "All outreach is stopped. Emails that are being sent right now will still go out."
    elif name == "outreach-resume":
        switches.resume_outreach(by=by, now=now)
        done = (
            "Outreach has resumed. Held emails are due now, and each is checked again before it "
            "is sent."
        )
    else:
        raise Http404("no such switch")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:index"))


register_page(route="run/<slug:agent>/", view=run_agent, name="run_agent")
register_page(route="switch/<slug:name>/", view=switch, name="switch")
