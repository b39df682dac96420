"""Uploads of leads: how far each is, its result, and why one stopped.

An operator can upload for a customer: choose the file, match the columns, watch the
progress, download the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Customer
from accounts.selectors.customers import customer_words
from agents.admin.actions import CustomerAction, actor, is_open, register_action
from agents.leads.forms import ColumnsForm, CustomerUploadForm
from agents.leads.selectors.imports import headings_of, result_lines, sample_of, warnings_of
from agents.leads.services.imports.jobs import start_import
from agents.leads.services.imports.uploads import open_upload
from agents.models import ImportJob
from agents.states import ImportState
from hossagent.admin_site import register_page
from hossagent.console import ConsoleAdmin, require_permission, status_pill
from hossagent.lib import clock
from hossagent.lib.tables import UnreadableTable

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

PERMISSION = "agents.add_importjob"

# Digits that surely fit a key.
_BIGINT = 19

# Which uploads are in each state.
STATES: dict[str, Q] = {
    ImportState.WAITING: Q(due_at=None, finished_at=None),
    ImportState.RUNNING: Q(due_at__isnull=False),
    ImportState.DONE: Q(finished_at__isnull=False, error=""),
    ImportState.FAILED: Q(finished_at__isnull=False) & ~Q(error=""),
}


def state_of(job: ImportJob) -> ImportState:
    """The one of `STATES` that this upload is in."""
    if job.finished_at is None:
        return ImportState.RUNNING if job.due_at else ImportState.WAITING
    return ImportState.FAILED if job.error else ImportState.DONE


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(state, state) for state in ImportState.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(STATES.get(self.value() or "", Q()))


@admin.register(ImportJob)
class ImportJobAdmin(ConsoleAdmin):
    list_display = (
        *("uploaded_at", "customer", "file_name", "state", "done", "total"),
        *("created", "duplicate", "suppressed", "invalid", "over_allowance", "error"),
    )
    list_filter = (StateFilter,)
    search_fields = ("customer__company", "file_name", "uploaded_by")
    search_help_text = "Company, file or who uploaded it"
    list_select_related = ("customer",)
    ordering = ("-pk",)
    change_list_template = "admin/uploads.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its columns before the start, then its progress, then its result."""
        wanted = int(object_id) if object_id.isdecimal() and len(object_id) < _BIGINT else 0
        job = get_object_or_404(ImportJob.objects.select_related("customer"), pk=wanted)
        if state_of(job) is ImportState.WAITING:
            return _match_columns(request, job)
        context = {"job": job, "warnings": warnings_of(job), "state": state_of(job)}
        return _page(request, "admin/upload_progress.html", job.file_name, context)

    @admin.display(description="state")
    def state(self, job: ImportJob) -> str:
        return status_pill(state_of(job))


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any]
) -> TemplateResponse:
    common = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, template, {**common, **context})


@require_http_methods(["GET", "HEAD", "POST"])
def lead_upload(request: HttpRequest) -> HttpResponse:
    """Ask for the customer and the file; POST stores the file and asks for its columns next.

    `?customer=12` fills in the customer.
    """
    require_permission(request, PERMISSION)
    if request.method == "POST":
        form = CustomerUploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                job = open_upload(**form.cleaned_data, by=actor(request), now=clock.now())
            except UnreadableTable as error:
                form.add_error("file", str(error))
            else:
                return redirect("admin:agents_importjob_change", job.pk)
    else:
        form = CustomerUploadForm(initial={"customer": _named(request.GET.get("customer", ""))})
    return _page(request, "admin/upload.html", "Upload leads", {"form": form})


def _named(number: str) -> str:
    is_number = number.isdecimal() and len(number) < _BIGINT
    customer = Customer.objects.filter(pk=number).first() if is_number else None
    return customer_words(customer) if customer else ""


def _match_columns(request: HttpRequest, job: ImportJob) -> HttpResponse:
    headings = headings_of(job)
    guessed = {name: str(column) for name, column in job.columns.items()}
    form = ColumnsForm(
        request.POST if request.method == "POST" else None, initial=guessed, headings=headings
    )
    if request.method == "POST":
        require_permission(request, PERMISSION)
        if form.is_valid():
            started = start_import(
                job=job, columns=form.columns(), by=actor(request), now=clock.now()
            )
            if started:
                messages.success(request, "The list will be imported. You can leave this page.")
            return redirect("admin:agents_importjob_change", job.pk)
    context = {
        "job": job,
        "form": form,
        "headings": headings,
        "sample": sample_of(job),
        "may_start": request.user.has_perm(PERMISSION),
    }
    return _page(request, "admin/upload_columns.html", "Match the columns", context)


@require_safe
def upload_result(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Each row as uploaded and what became of it, as a file for a spreadsheet."""
    job = get_object_or_404(ImportJob, pk=pk)
    response = StreamingHttpResponse(result_lines(job), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-result.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _go_to_upload(request: HttpRequest, customer: Customer, now: datetime) -> HttpResponseRedirect:
    chosen = urlencode({"customer": customer.pk})
    return HttpResponseRedirect(f"{reverse('admin:lead_upload')}?{chosen}")


register_action(CustomerAction("upload-leads", "Upload leads", PERMISSION, _go_to_upload, is_open))
register_page(route="uploads/new/", view=lead_upload, name="lead_upload")
register_page(route="uploads/<int:pk>/result/", view=upload_result, name="upload_result")
