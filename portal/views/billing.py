"""Billing: the plan card, what Stripe charged, and internal work summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer, get_membership, has_role
from accounts.states import Role
from billing.selectors import get_billing_history, get_plan_card
from hossagent.lib import clock
from portal.pictures import draw_meters

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def billing(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    is_owner = has_role(get_membership(request), Role.OWNER)
    card = get_plan_card(customer=customer, now=clock.now(), is_owner=is_owner)
    context = {
        "customer": customer,
        "card": card,
        "meters": draw_meters(card),
        "is_preview": False,
        "history": get_billing_history(customer=customer),
    }
    return render(request, "portal/billing.html", context)
