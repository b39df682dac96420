"""What an operator can do to one customer: buttons of the list and of the customer's page.

Each action is a POST, asks for a permission, calls one service (which writes the audit
row) and returns a sentence. What cannot be undone is confirmed on a page first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import Customer
from agents.autopilot.services import switches
from agents.autopilot.services.manual_run import run_for_one
from agents.lease import CustomerBusy
from agents.states import CycleOutcome
from billing.services import complimentary
from hossagent.admin_site import register_page
from hossagent.console import require_permission
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

WORK = "accounts.change_customer"
MONEY = "billing.change_subscription"


class NotPossible(Exception):
    """The action cannot be done; the sentence says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class CustomerAction:
    """One button. `do` returns a sentence for the operator, or a response to send."""

    slug: str
    label: str
    permission: str
    do: Callable[[HttpRequest, Customer, datetime], str | HttpResponseBase]
    is_offered: Callable[[Customer], bool]
    confirm: str = ""
    tone: str = ""


_actions: dict[str, CustomerAction] = {}


def register_action(action: CustomerAction) -> None:
    """Add a button for customers; the order of registration is the order on the page."""
    _actions[action.slug] = action


def offered_actions(customer: Customer) -> list[CustomerAction]:
    """The buttons that are offered for this customer now."""
    return [action for action in _actions.values() if action.is_offered(customer)]


def actor(request: HttpRequest) -> str:
    """The name of the operator in the audit trail."""
    return request.user.get_username()


@require_POST
def customer_action(request: HttpRequest, pk: int, slug: str) -> HttpResponseBase:
    """Do one action to one customer, after a confirmation where the action asks for one."""
    action = _actions.get(slug)
    if action is None:
        raise Http404("no such action")
    require_permission(request, action.permission)
    customer = get_object_or_404(Customer.objects.select_related("subscription", "profile"), pk=pk)
    back = _return_url(request, customer)
    if action.confirm and "confirmed" not in request.POST:
        return _confirm(request, customer, action, back)
    try:
        done = action.do(request, customer, clock.now())
    except (NotPossible, CustomerBusy) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    if not isinstance(done, str):
        return done
    messages.success(request, done)
    return HttpResponseRedirect(back)


def _return_url(request: HttpRequest, customer: Customer) -> str:
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def _confirm(
    request: HttpRequest, customer: Customer, action: CustomerAction, back: str
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": action.label,
        "customer": customer,
        "action": action,
        "back": back,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)


def _run(request: HttpRequest, customer: Customer, now: datetime) -> str:
    runs = run_for_one(customer=customer, by=actor(request), clock=clock.now)
    failed = [run for run in runs if run.outcome == CycleOutcome.FAILED]
    if failed:
        raise NotPossible(f"{failed[0].agent} failed: {failed[0].error}")
    return f"{customer.company}: " + "; ".join(run_in_words(run.agent, run.counts) for run in runs)


def run_in_words(agent: str, counts: dict[str, int]) -> str:
    """`bizdev: 3 planned, 2 queued`, or `bizdev: nothing to do`."""
    done = ", ".join(
        f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number
    )
    return f"{agent.replace('_', ' ')}: {done or 'nothing to do'}"


def _pause(request: HttpRequest, customer: Customer, now: datetime) -> str:
    switches.pause_customer(customer=customer, by=actor(request), now=now)
    return f"Outreach for {customer.company} is paused. Its other work continues."


def _resume(request: HttpRequest, customer: Customer, now: datetime) -> str:
    switches.resume_customer(customer=customer, by=actor(request), now=now)
    return f"Outreach for {customer.company} has resumed."


def _grant(request: HttpRequest, customer: Customer, now: datetime) -> str:
    complimentary.grant(customer=customer, by=actor(request), now=now)
    return f"{customer.company} now has full access at no charge."


def _revoke(request: HttpRequest, customer: Customer, now: datetime) -> str:
    complimentary.revoke(customer=customer, by=actor(request), now=now)
    return (
        f"{customer.company} is no longer complimentary. Its subscription now decides its access."
    )


def is_open(customer: Customer) -> bool:
    """Whether the account is open: most buttons are for these."""
    return customer.closed_at is None


register_action(CustomerAction("run", "Run all agents", WORK, _run, is_open, tone="go"))
register_action(
    CustomerAction(
        "pause",
        "Pause outreach",
        WORK,
        _pause,
        lambda customer: is_open(customer) and customer.profile.outreach_paused_at is None,
    )
)
register_action(
    CustomerAction(
        "resume",
        "Resume outreach",
        WORK,
        _resume,
        lambda customer: is_open(customer) and customer.profile.outreach_paused_at is not None,
    )
)
register_action(
    CustomerAction(
        "grant-complimentary",
        "Make complimentary",
        MONEY,
        _grant,
        lambda customer: is_open(customer) and not customer.subscription.is_complimentary,
        confirm="The customer gets full access, including live sending, and pays nothing.",
    )
)
register_action(
    CustomerAction(
        "revoke-complimentary",
        "End complimentary",
        MONEY,
        _revoke,
        lambda customer: customer.subscription.is_complimentary and not customer.is_house,
        confirm="From then on, the customer's access depends on its subscription alone.",
        tone="stop",
    )
)

register_page(route="customers/<int:pk>/<slug:slug>/", view=customer_action, name="customer_action")
