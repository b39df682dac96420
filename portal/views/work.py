"""Work: every task, the document it ended in, and that document as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.access import get_customer
from agents.states import TaskStatus
from agents.work.selectors import SHOWS, get_task, list_tasks
from hossagent.lib.markdown import to_html

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE_SIZE = 25


@login_required
@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    show = request.GET.get("status", "")
    show = show if show in SHOWS else ""
    tasks = list_tasks(customer=customer, show=show)
    context = {
        "customer": customer,
        "page": Paginator(tasks, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "shows": [(key, label) for key, (label, _statuses) in SHOWS.items()],
    }
    return render(request, "portal/task_list.html", context)


@login_required
@require_safe
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The document, readable on a phone and on paper: the print style sheet makes it so."""
    customer = get_customer(request)
    task = get_task(customer=customer, pk=pk)
    is_done = task.status == TaskStatus.DONE
    context = {
        "customer": customer,
        "task": task,
        "is_done": is_done,
        "document": to_html(task.deliverable) if is_done else "",
    }
    return render(request, "portal/task_detail.html", context)


@login_required
@require_safe
def task_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as the Markdown file it is."""
    task = get_task(customer=get_customer(request), pk=pk)
    if task.status != TaskStatus.DONE:
        raise Http404
    name = slugify(task.title)[:80] or "document"
    return HttpResponse(
        task.deliverable,
        content_type="text/markdown; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.md"',
            "X-Content-Type-Options": "nosniff",
        },
    )
