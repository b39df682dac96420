"""Everything that belongs to the customer, as a package to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import get_customer
from agents.models import DataExport
from agents.reports.services.exports import request_export
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 5


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The packages made so far; POST asks for a new one."""
    customer = get_customer(request)
    if request.method == "POST":
        request_export(customer=customer, by=str(request.user), now=clock.now())
        messages.success(
            request, "We are preparing your export. Reload this page in a minute to download it."
        )
        return redirect("portal:export")
    packages = DataExport.objects.filter(customer=customer).defer("content").order_by("-pk")[:SHOWN]
    return render(request, "portal/export.html", {"customer": customer, "packages": packages})


@login_required
@require_safe
def export_download(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_customer(request)
    package = DataExport.objects.filter(customer=customer, pk=pk).first()
    if package is None or not package.content:
        raise Http404
    response = HttpResponse(bytes(package.content), content_type="application/zip")
    day = f"{package.requested_at:%Y-%m-%d}"
    response["Content-Disposition"] = f'attachment; filename="hossagent-{day}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
