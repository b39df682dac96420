"""The portal's first page: the plan, what was done, the pipeline, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.models import Task
from agents.states import TaskStatus

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    work = Task.objects.filter(customer=customer, status=TaskStatus.DONE).order_by("-pk")[:5]
    return render(request, "portal/home.html", {"customer": customer, "work": work})
