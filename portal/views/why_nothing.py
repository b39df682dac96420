"""Why nothing is sending, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.outreach.selectors.why_not_sending import explain_to_customer
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def why_nothing(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    context = {
        "customer": customer,
        "explanation": explain_to_customer(customer=customer, now=clock.now()),
    }
    return render(request, "portal/why_nothing.html", context)
