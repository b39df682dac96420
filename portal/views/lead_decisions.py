"""What a person decides about a lead: a fit, not a fit, or never to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import get_customer
from agents.leads.selectors.leads import get_lead
from agents.leads.services.leads import close_lead, never_contact
from agents.leads.services.qualify import qualify_lead
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Decision → the service, the words when it is done, and the words when it cannot be.
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
    decide, done, not_possible = DECISIONS[decision]
    if decide(lead=lead, now=clock.now(), by=str(request.user)):
        messages.success(request, done)
    else:
        messages.error(request, not_possible)
    return redirect("portal:lead_detail", pk=lead.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_block(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, because nobody comes off the do-not-contact list again."""
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
