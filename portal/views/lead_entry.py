"""Adding a lead by hand, and correcting one that is already there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import get_customer
from agents.leads.selectors.leads import get_lead
from agents.leads.services.leads import CannotCorrect, add_lead, correct_lead, why_not_correct
from agents.leads.services.store import Candidate, RowOutcome
from hossagent.lib import clock
from portal.forms.leads import LeadForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from agents.leads.services.store import RowResult

ADDED = "Added. Your HossAgent starts on it within minutes."
CORRECTED = "Corrected. Your HossAgent starts on it within minutes."
UNCHANGED = "You have not changed anything yet. Change what is wrong, or go back."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_add(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    form = LeadForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = _save(request, form, partial(add_lead, customer=customer), done=ADDED)
        if answer is not None:
            return answer
    return render(request, "portal/lead_add.html", {"customer": customer, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Another person or address at the same company: a new entry in the old one's place."""
    customer = get_customer(request)
    lead = get_lead(customer=customer, pk=pk)
    if why_not := why_not_correct(lead):
        messages.error(request, why_not)
        return redirect("portal:lead_detail", pk=lead.pk)
    known = {name: getattr(lead, name) for name in LeadForm.base_fields}
    form = LeadForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and not form.has_changed():
        form.add_error(None, UNCHANGED)
    elif request.method == "POST" and form.is_valid():
        answer = _save(request, form, partial(correct_lead, lead=lead), done=CORRECTED)
        if answer is not None:
            return answer
    context = {"customer": customer, "lead": lead, "form": form}
    return render(request, "portal/lead_correct.html", context)


def _save(
    request: HttpRequest, form: LeadForm, save: Callable[..., RowResult], *, done: str
) -> HttpResponse | None:
    """To the new lead, or to the one that is there already; None when the form says what is
    wrong."""
    by = str(request.user)
    candidate = Candidate(**form.cleaned_data, provenance={"by": by})
    try:
        result = save(candidate=candidate, now=clock.now(), by=by)
    except CannotCorrect as error:
        form.add_error("email", str(error))
        return None
    if result.outcome is RowOutcome.CREATED:
        messages.success(request, done)
        return redirect("portal:lead_detail", pk=result.lead_id)
    if result.outcome is RowOutcome.DUPLICATE and result.lead_id:
        messages.info(request, f"{result.detail} Here it is.")
        return redirect("portal:lead_detail", pk=result.lead_id)
    field = "email" if form.cleaned_data["email"] else "website"
    form.add_error(None if result.outcome is RowOutcome.OVER_ALLOWANCE else field, result.detail)
    return None
