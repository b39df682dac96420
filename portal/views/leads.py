"""Leads: the list, one lead with its reason and history, and the list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.leads.selectors.download import lead_lines
from agents.leads.selectors.leads import get_lead, list_leads
from agents.leads.selectors.timeline import get_timeline
from agents.leads.services.leads import (
    why_not_correct,
)
from agents.states import LEAD_TRANSITIONS, LeadStatus, lead_source_words
from agents.suppression.selectors import is_suppressed
from portal.forms.leads import LeadFilterForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Digits that a row's key can have.
KEY_DIGITS = 18


@login_required
@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    form = LeadFilterForm(request.GET)
    chosen = form.chosen()
    page = list_leads(
        customer=customer,
        chosen=chosen,
        before=_row_key(request, "before"),
        after=_row_key(request, "after"),
    )
    return render(
        request,
        "portal/lead_list.html",
        {"customer": customer, "form": form, "page": page, "is_narrowed": chosen.is_on},
    )


def _row_key(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) <= KEY_DIGITS else None


@login_required
@require_safe
def lead_detail(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_customer(request)
    lead = get_lead(customer=customer, pk=pk)
    is_listed = bool(lead.email) and is_suppressed(customer=customer, email=lead.email)
    return render(
        request,
        "portal/lead_detail.html",
        {
            "customer": customer,
            "lead": lead,
            "source": lead_source_words(lead.source),
            "flags": [flag.replace("_", " ") for flag in lead.address_flags.split()],
            "timeline": get_timeline(lead=lead),
            "may_qualify": LEAD_TRANSITIONS.allows(lead.status, LeadStatus.QUALIFIED),
            "may_close": LEAD_TRANSITIONS.allows(lead.status, LeadStatus.CLOSED),
            "is_listed": is_listed,
            "may_correct": not why_not_correct(lead),
            "may_block": bool(lead.email) and not is_listed,
        },
    )


@login_required
@require_safe
def lead_export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as narrowed, as a file that spreadsheets open and other tools import."""
    customer = get_customer(request)
    chosen = LeadFilterForm(request.GET).chosen()
    response = StreamingHttpResponse(
        lead_lines(customer=customer, chosen=chosen), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="leads.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
