"""Approvals: every mail that waits for a person, with approve, edit and skip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_customer
from agents.outreach.selectors.approvals import get_acceptance, get_editable, list_approvals
from agents.outreach.services import approvals
from agents.states import ApprovalMode
from hossagent.lib import clock
from portal.forms.approvals import MessageForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 10


@login_required
@require_safe
def approval_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    page = Paginator(list_approvals(customer=customer), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "customer": customer,
        "page": page,
        "waiting": [(message, approvals.list_advice(message)) for message in page.object_list],
        "acceptance": get_acceptance(customer_id=customer.pk),
        "mode": ApprovalMode(customer.profile.approval_mode),
    }
    return render(request, "portal/approval_list.html", context)


@login_required
@require_POST
def approval_approve(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_editable(customer=get_customer(request), pk=pk)
    try:
        approvals.approve(message=message, by=str(request.user), now=clock.now())
    except approvals.NoLongerWaiting as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Approved. The email to {message.lead.company} is queued.")
    return redirect("portal:approval_list")


@login_required
@require_POST
def approval_approve_all(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    shown = [int(value) for value in request.POST.getlist("message") if value.isdecimal()]
    count = approvals.approve_all(
        customer=customer, message_ids=shown, by=str(request.user), now=clock.now()
    )
    messages.success(request, f"Approved: {count} email{'' if count == 1 else 's'} queued.")
    return redirect("portal:approval_list")


@login_required
@require_POST
def approval_skip(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_editable(customer=get_customer(request), pk=pk)
    try:
        approvals.skip(message=message, by=str(request.user), now=clock.now())
    except approvals.NoLongerWaiting as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Skipped. The sequence to {message.lead.company} has ended.")
    return redirect("portal:approval_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def approval_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person typed comes back with every sentence that says what is wrong."""
    customer = get_customer(request)
    message = get_editable(customer=customer, pk=pk)
    form = MessageForm(
        request.POST or None, initial={"subject": message.subject, "body": message.body}
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = approvals.edit(
                message=message, by=str(request.user), now=clock.now(), **form.cleaned_data
            )
        except approvals.CannotLeave as error:
            for problem in error.problems:
                form.add_error(None, problem)
        except approvals.NoLongerWaiting as error:
            form.add_error(None, f"{error} Your text is still below. Copy it if you need it.")
        else:
            words = "with your changes" if changed else "without changes"
            messages.success(
                request, f"Approved {words}. The email to {message.lead.company} is queued."
            )
            return redirect("portal:approval_list")
    context = {
        "customer": customer,
        "message": message,
        "lead": message.lead,
        "form": form,
        "can_edit": message.status in approvals.EDITABLE,
    }
    return render(request, "portal/approval_edit.html", context)
