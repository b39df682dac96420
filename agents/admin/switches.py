"""The buttons of the control room: run an agent, autopilot, the outreach kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.autopilot.services import switches
from agents.autopilot.services.manual_run import RunTotals, run_for_all
from agents.states import CycleAgent
from hossagent.admin_site import register_page
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

OPERATE = "agents.change_systemsettings"
ALL = "all"


def _need(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"You may look, but this needs the permission {permission}.")


@require_POST
def run_agent(request: HttpRequest, agent: str) -> HttpResponse:
    """Run one agent, or all, for the customers that wait longest, within a few seconds;
    the rest is left to the workers, who are asked to begin at once."""
    _need(request, OPERATE)
    if agent != ALL and agent not in CycleAgent.values:
        raise Http404("no such agent")
    chosen = None if agent == ALL else [CycleAgent(agent)]
    totals = run_for_all(agents=chosen, by=actor(request), clock=clock.now)
    name = "All agents" if chosen is None else chosen[0].label
    _tell(request, name, totals)
    return HttpResponseRedirect(reverse("admin:index"))


def _tell(request: HttpRequest, name: str, totals: RunTotals) -> None:
    done = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in totals.counts.items())
    sentence = f"{name}: {totals.customers} customers, {done or 'nothing to do'}."
    if totals.left:
        sentence += f" {totals.left} more are left to the workers."
    if totals.busy:
        sentence += f" {totals.busy} were being worked on already."
    if totals.failed:
        messages.error(request, f"{sentence} {totals.failed} failed; see the runs for why.")
    else:
        messages.success(request, sentence)


@require_POST
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Turn the autopilot on or off, stop or resume all outreach."""
    _need(request, OPERATE)
    by, now = actor(request), clock.now()
    if name == "autopilot-on":
        switches.set_autopilot_for_all(is_on=True, by=by, now=now)
        done = "The autopilot is on. Mails that it held are due now."
    elif name == "autopilot-off":
        switches.set_autopilot_for_all(is_on=False, by=by, now=now)
        done = "The autopilot is off: no mail leaves. Passes that are running end by themselves."
    elif name == "outreach-stop":
        switches.stop_outreach(by=by, now=now)
        done = "Outreach is stopped for everybody. Mails that are leaving right now still finish."
    elif name == "outreach-resume":
        switches.resume_outreach(by=by, now=now)
        done = (
            "Outreach goes on. Mails that were held are due now, and each is asked anew whether "
            "it may leave."
        )
    else:
        raise Http404("no such switch")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:index"))


register_page(route="run/<slug:agent>/", view=run_agent, name="run_agent")
register_page(route="switch/<slug:name>/", view=switch, name="switch")
