"""The portal's first page: the plan, what was done, the pipeline, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer, get_membership, has_role
from accounts.states import Role
from agents.profile.selectors import list_next_steps
from agents.reports.selectors.dashboard import get_dashboard
from billing.entitlements import can_run_agent_for, may_send_live
from billing.selectors import get_plan_card
from hossagent import subsystems
from hossagent.lib import clock
from portal.pictures import draw_meters, draw_pipeline, draw_week, list_tiles

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Customer


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
        "tiles": list_tiles(board, is_preview=is_preview),
        "funnel": draw_pipeline(board.funnel, is_preview=is_preview),
        "activity": draw_week(board.activity),
        "steps": list_next_steps(
            customer=customer,
            approvals=board.approvals,
            replies=board.conversations_awaiting,
            now=now,
        ),
    }
    return render(request, "portal/preview.html" if is_preview else "portal/home.html", context)
