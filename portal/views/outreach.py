"""Outreach: every message that was written, when, why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.outreach.selectors.messages import SHOWS, get_message, list_messages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 25


@login_required
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    show = request.GET.get("show", "")
    messages = list_messages(customer=customer, show=show)
    context = {
        "customer": customer,
        "page": Paginator(messages, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "shows": [(key, label) for key, (label, _statuses) in SHOWS.items()],
    }
    return render(request, "portal/message_list.html", context)


@login_required
@require_safe
def message_detail(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_customer(request)
    message = get_message(customer=customer, pk=pk)
    return render(
        request,
        "portal/message_detail.html",
        {
            "customer": customer,
            "message": message,
            "lead": message.lead,
            "conversation": getattr(message.lead, "conversation", None),
        },
    )
