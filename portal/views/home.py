"""The portal's first page: the plan, what was done, the pipeline, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.models import Task
from agents.states import TaskStatus
from hossagent.lib import clock

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Customer


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render_home(request, customer=get_customer(request), is_preview=False, now=clock.now())


def render_home(
    request: HttpRequest, *, customer: Customer, is_preview: bool, now: datetime
) -> HttpResponse:
    """The page for `customer`. A preview (view as customer) shows the same facts in
    `portal/preview.html`, without menu, account or forms."""
    work = Task.objects.filter(customer=customer, status=TaskStatus.DONE).order_by("-pk")[:5]
    template = "portal/preview.html" if is_preview else "portal/home.html"
    context = {"customer": customer, "work": work, "is_preview": is_preview, "now": now}
    return render(request, template, context)
