"""The portal's first page: the plan, what was done, the pipeline, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import get_customer, get_membership, has_role
from accounts.states import Role
from agents.profile.selectors import list_next_steps
from agents.reports.selectors.dashboard import get_dashboard
from billing.entitlements import can_run_agent_for, may_send_live
from billing.selectors import get_plan_card
from hossagent import subsystems
from hossagent.lib import charts, clock

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Customer
    from agents.reports.selectors.dashboard import Activity, Dashboard, Funnel
    from billing.selectors import PlanCard


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render_home(
        request,
        customer=get_customer(request),
        is_preview=False,
        is_owner=has_role(get_membership(request), Role.OWNER),
        now=clock.now(),
    )


def render_home(
    request: HttpRequest,
    *,
    customer: Customer,
    is_preview: bool,
    now: datetime,
    is_owner: bool = True,
) -> HttpResponse:
    """The page for `customer`. A preview (view as customer) shows what its owner sees in
    `portal/preview.html`, without menu, account, forms or links."""
    board = get_dashboard(customer=customer, now=now)
    card = get_plan_card(customer=customer, now=now, is_owner=is_owner)
    context = {
        "customer": customer,
        "is_preview": is_preview,
        "card": card,
        "meters": draw_meters(card),
        "board": board,
        "is_working": customer.autopilot and can_run_agent_for(customer, now=now),
        "is_live": subsystems.email().is_live and may_send_live(customer, now=now),
        "tiles": _tiles(board, is_preview=is_preview),
        "funnel": _funnel(board.funnel, is_preview=is_preview),
        "activity": _activity(board.activity),
        "steps": list_next_steps(
            customer=customer,
            approvals=board.approvals,
            replies=board.conversations_awaiting,
            now=now,
        ),
    }
    return render(request, "portal/preview.html" if is_preview else "portal/home.html", context)


def draw_meters(card: PlanCard) -> list[charts.Meter]:
    """What the plan allows and what of it is used."""
    return [
        charts.meter(
            use.label,
            used=use.used,
            limit=use.limit,
            unit=use.label.lower(),
            is_over=use.is_over,
        )
        for use in card.usage
    ]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, and where its rows are; no `url` in a preview."""

    number: int
    label: str
    url: str


def _tiles(board: Dashboard, *, is_preview: bool) -> tuple[Tile, ...]:
    wanted = (
        (board.funnel.found, "Leads", "portal:lead_list", ""),
        (board.messages_out, "Emails written", "portal:message_list", "?show=out"),
        (board.messages_waiting, "Emails scheduled", "portal:message_list", "?show=scheduled"),
        (board.approvals, "Waiting for approval", "portal:approval_list", ""),
        (board.conversations, "Conversations", "portal:conversation_list", ""),
        (board.work_done, "Tasks done", "portal:task_list", "?status=done"),
    )
    return tuple(
        Tile(number, label, "" if is_preview else f"{reverse(page)}{query}")
        for number, label, page, query in wanted
    )


def _funnel(funnel: Funnel, *, is_preview: bool) -> charts.Funnel:
    leads = "" if is_preview else reverse("portal:lead_list")
    steps = (
        ("Found", funnel.found, ""),
        ("Contacted", funnel.contacted, "?reached=contacted"),
        ("Replied", funnel.replied, "?reached=replied"),
        ("Qualified", funnel.qualified, "?reached=qualified"),
        ("Work done", funnel.worked, "?reached=worked"),
    )
    return charts.funnel(
        "Your pipeline",
        [
            charts.Step(label, value, f"{leads}{query}" if leads else "")
            for label, value, query in steps
        ],
    )


@lru_cache(maxsize=500)
def _activity(activity: Activity) -> charts.Columns:
    return charts.columns(
        "The last seven days",
        [f"{day:%a}" for day in activity.days],
        [
            charts.Series("Emails", "bar", activity.written),
            charts.Series("Replies", "bar-go", activity.replies),
            charts.Series("Work done", "bar-quiet", activity.work),
        ],
    )
