"""Help: how to begin, what to read, and a question to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import get_customer
from accounts.selectors.support import list_tickets
from accounts.services.support import open_ticket
from accounts.states import Role
from hossagent.lib import clock
from hossagent.lib.markdown import to_html
from portal.forms.account import TicketForm
from portal.guides import GUIDES, read_guide

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request, role=Role.VIEWER)  # whoever can read can also ask
    form = TicketForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="open_ticket", key=str(customer.pk)):
            form.add_error(
                None, "You have sent many questions within an hour. Please email us instead."
            )
        else:
            open_ticket(
                customer=customer,
                email=str(request.user),
                subject=form.cleaned_data["subject"],
                body=form.cleaned_data["body"],
                now=clock.now(),
            )
            messages.success(
                request, "Sent. We will answer by email, and the answer will appear here, too."
            )
            return redirect("portal:help")
    context = {
        "customer": customer,
        "form": form,
        "tickets": list_tickets(customer=customer),
        "guides": list(GUIDES.items()),
    }
    return render(request, "portal/help.html", context)


@login_required
@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in GUIDES:
        raise Http404
    context = {
        "customer": get_customer(request),
        "title": GUIDES[slug],
        "body": to_html(read_guide(slug)),
    }
    return render(request, "portal/guide.html", context)
