"""Leads: the list, one lead with its reason and history, and what a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_customer
from agents.leads.selectors.download import lead_lines
from agents.leads.selectors.leads import get_lead, list_leads
from agents.leads.selectors.timeline import get_timeline, source_words
from agents.leads.services.leads import (
    CannotCorrect,
    add_lead,
    close_lead,
    correct_lead,
    never_contact,
    why_not_correct,
)
from agents.leads.services.qualify import qualify_lead
from agents.leads.services.store import Candidate, RowOutcome
from agents.states import LEAD_TRANSITIONS, LeadStatus
from agents.suppression.selectors import is_suppressed
from hossagent.lib import clock
from portal.forms.leads import LeadFilterForm, LeadForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from agents.leads.services.store import RowResult


@login_required
@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    form = LeadFilterForm(request.GET)
    chosen = form.chosen()
    page = list_leads(
        customer=customer,
        chosen=chosen,
        before=_key(request, "before"),
        after=_key(request, "after"),
    )
    return render(
        request,
        "portal/lead_list.html",
        {"customer": customer, "form": form, "page": page, "is_narrowed": chosen.is_on},
    )


def _key(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None  # noqa: PLR2004 # digits of a key


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
            "source": source_words(lead.source),
            "flags": [flag.replace("_", " ") for flag in lead.address_flags.split()],
            "timeline": get_timeline(lead=lead),
            "may_qualify": LEAD_TRANSITIONS.allows(lead.status, LeadStatus.QUALIFIED),
            "may_close": LEAD_TRANSITIONS.allows(lead.status, LeadStatus.CLOSED),
            "is_listed": is_listed,
            "may_correct": not why_not_correct(lead),
            "may_block": bool(lead.email) and not is_listed,
        },
    )


DECISIONS = {
    "qualify": (
        qualify_lead,
        "Qualified. The sequence has stopped, and follow-up work starts within minutes.",
        "This lead cannot be qualified. It is already qualified, invalid or unsubscribed.",
    ),
    "close": (
        close_lead,
        "Closed as not a fit. Your HossAgent no longer writes to this lead.",
        "This lead cannot be closed. Outreach to it has already ended.",
    ),
}


@login_required
@require_POST
def lead_decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    customer = get_customer(request)
    lead = get_lead(customer=customer, pk=pk)
    if decision not in DECISIONS:
        raise Http404
    decide, done, refused = DECISIONS[decision]
    if decide(lead=lead, now=clock.now(), by=str(request.user)):
        messages.success(request, done)
    else:
        messages.error(request, refused)
    return redirect("portal:lead_detail", pk=lead.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_block(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, for nobody comes off the do-not-contact list again."""
    customer = get_customer(request)
    lead = get_lead(customer=customer, pk=pk)
    if not lead.email:
        messages.error(request, "This lead has no email address to add to the list.")
        return redirect("portal:lead_detail", pk=lead.pk)
    if request.method == "POST":
        never_contact(lead=lead, now=clock.now(), by=str(request.user))
        messages.success(
            request,
            f"{lead.email} is on your do-not-contact list. We will never email it again.",
        )
        return redirect("portal:lead_detail", pk=lead.pk)
    return render(request, "portal/lead_block.html", {"customer": customer, "lead": lead})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_add(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    form = LeadForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        result = add_lead(
            customer=customer,
            candidate=_candidate(request, form),
            now=clock.now(),
            by=str(request.user),
        )
        if result.outcome is RowOutcome.CREATED:
            messages.success(request, "Added. Your HossAgent starts on it within minutes.")
            return redirect("portal:lead_detail", pk=result.lead_id)
        if answer := _say_why_not(request, form, result):
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
        form.add_error(None, "You have not changed anything yet. Change what is wrong, or go back.")
    elif request.method == "POST" and form.is_valid():
        candidate = _candidate(request, form)
        try:
            result = correct_lead(
                lead=lead, candidate=candidate, now=clock.now(), by=str(request.user)
            )
        except CannotCorrect as refusal:
            form.add_error("email", str(refusal))
        else:
            if result.outcome is RowOutcome.CREATED:
                messages.success(request, "Corrected. Your HossAgent starts on it within minutes.")
                return redirect("portal:lead_detail", pk=result.lead_id)
            if answer := _say_why_not(request, form, result):
                return answer
    context = {"customer": customer, "lead": lead, "form": form}
    return render(request, "portal/lead_correct.html", context)


def _candidate(request: HttpRequest, form: LeadForm) -> Candidate:
    return Candidate(**form.cleaned_data, provenance={"by": str(request.user)})


def _say_why_not(request: HttpRequest, form: LeadForm, result: RowResult) -> HttpResponse | None:
    """To the lead that is there already, or None: the form then says what is wrong."""
    if result.outcome is RowOutcome.DUPLICATE and result.lead_id:
        messages.info(request, f"{result.detail} Here it is.")
        return redirect("portal:lead_detail", pk=result.lead_id)
    field = "email" if form.cleaned_data["email"] else "website"
    form.add_error(None if result.outcome is RowOutcome.OVER_ALLOWANCE else field, result.detail)
    return None


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
