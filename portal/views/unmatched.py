"""Received emails that we could not match to a conversation: the customer chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_customer
from agents.inbox.selectors.unmatched import get_unmatched, list_candidates, list_unmatched
from agents.inbox.services.assign import assign_to_conversation, set_aside
from hossagent.lib import clock
from portal.forms.conversations import MatchForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 10


@login_required
@require_safe
def unmatched_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    page = Paginator(list_unmatched(customer=customer), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "customer": customer,
        "page": page,
        "mails": [
            (mail, MatchForm(list_candidates(inbound=mail, customer_id=customer.pk), mail=mail))
            for mail in page.object_list
        ],
    }
    return render(request, "portal/unmatched_list.html", context)


@login_required
@require_POST
def unmatched_match(request: HttpRequest, pk: int) -> HttpResponse:
    """Match one mail to a conversation, or set it aside."""
    customer = get_customer(request)
    mail = get_unmatched(customer=customer, pk=pk)
    by, now = str(request.user), clock.now()
    if "aside" in request.POST:
        done = set_aside(inbound=mail, by=by, now=now)
        words = "Set aside. We keep the email and do nothing else with it."
    else:
        choices = list_candidates(inbound=mail, customer_id=customer.pk)
        form = MatchForm(choices, request.POST, mail=mail)
        if not form.is_valid():
            messages.error(request, "Choose the conversation that the email belongs to.")
            return redirect("portal:unmatched_list")
        chosen = form.chosen()
        done = assign_to_conversation(inbound=mail, conversation=chosen, by=by, now=now)
        words = f"Matched. It will be in the conversation with {chosen.lead.company} in a moment."
    if done:
        messages.success(request, words)
    else:
        messages.info(request, "Someone has already dealt with this email.")
    return redirect("portal:unmatched_list")
