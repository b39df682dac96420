"""Uploading a list of leads: pick the file, name the columns, watch, take the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import get_customer
from agents.leads.forms import ColumnsForm, UploadForm
from agents.leads.selectors.imports import (
    get_import,
    headings_of,
    list_imports,
    result_lines,
    sample_of,
    warnings_of,
)
from agents.leads.services.imports.jobs import start_import
from agents.leads.services.imports.uploads import open_upload
from hossagent.lib import clock
from hossagent.lib.tables import UnreadableTable

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Customer
    from agents.models import ImportJob


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lead_upload(request: HttpRequest) -> HttpResponse:
    """The uploads so far; POST takes a file and asks for its columns next."""
    customer = get_customer(request)
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        try:
            file, by = form.cleaned_data["file"], str(request.user)
            job = open_upload(customer=customer, file=file, by=by, now=clock.now())
        except UnreadableTable as error:
            form.add_error("file", str(error))
        else:
            return redirect("portal:upload_detail", pk=job.pk)
    context = {"customer": customer, "form": form, "uploads": list_imports(customer=customer)}
    return render(request, "portal/lead_upload.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Before the start its columns, then its progress, then its result."""
    customer = get_customer(request)
    job = get_import(customer=customer, pk=pk)
    if job.due_at is None and job.finished_at is None:
        return _name_columns(request, customer, job)
    context = {"customer": customer, "job": job, "warnings": warnings_of(job)}
    return render(request, "portal/upload_progress.html", context)


def _name_columns(request: HttpRequest, customer: Customer, job: ImportJob) -> HttpResponse:
    headings = headings_of(job)
    guessed = {name: str(column) for name, column in job.columns.items()}
    form = ColumnsForm(
        request.POST if request.method == "POST" else None, initial=guessed, headings=headings
    )
    if request.method == "POST" and form.is_valid():
        started = start_import(
            job=job, columns=form.columns(), by=str(request.user), now=clock.now()
        )
        if started:
            messages.success(request, "Your list will be imported. You can leave this page.")
        return redirect("portal:upload_detail", pk=job.pk)
    context = {
        "customer": customer,
        "job": job,
        "form": form,
        "headings": headings,
        "sample": sample_of(job),
    }
    return render(request, "portal/upload_columns.html", context)


@login_required
@require_safe
def upload_result(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Each row as uploaded and what became of it, as a file for a spreadsheet."""
    customer = get_customer(request)
    job = get_import(customer=customer, pk=pk)
    response = StreamingHttpResponse(result_lines(job), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-result.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
