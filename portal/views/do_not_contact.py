"""The list of those who are never written to: shown, and added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import get_customer
from agents.models import Suppression
from agents.suppression.forms import DoNotContactForm
from agents.suppression.services.do_not_contact import ImportResult, import_do_not_contact
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 100
NAMED = 10


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def do_not_contact(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    form = DoNotContactForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        result = import_do_not_contact(
            customer=customer,
            entries=form.parsed.entries,
            invalid=form.parsed.invalid,
            by=str(request.user),
            now=clock.now(),
        )
        messages.success(request, _summary(result))
        if result.invalid:
            messages.warning(request, _left_out(result))
        return redirect("portal:do_not_contact")
    rows = Suppression.objects.filter(customer=customer).order_by("-pk")
    context = {
        "customer": customer,
        "form": form,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "portal/do_not_contact.html", context)


def _summary(result: ImportResult) -> str:
    known = f", {result.already:,} already on it" if result.already else ""
    stopped = (
        f" Planned emails canceled: {result.canceled_messages:,}."
        if result.canceled_messages
        else ""
    )
    return f"{result.added:,} added to the list{known}.{stopped}"


def _left_out(result: ImportResult) -> str:
    shown = ", ".join(result.invalid[:NAMED])
    more = len(result.invalid) - NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"Not an email address or a domain, so not added: {shown}{rest}."
