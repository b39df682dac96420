"""Closing the account for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import get_customer
from accounts.states import Role
from agents.profile.services.closing import HouseStaysOpen, StillPaying, close_customer
from hossagent.lib import clock
from portal.forms.settings import CloseAccountForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close_account(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request, role=Role.OWNER)
    form = CloseAccountForm(request.POST or None, expected=customer.company)
    if request.method == "POST" and form.is_valid():
        try:
            close_customer(customer=customer, by=str(request.user), now=clock.now())
        except StillPaying:
            form.add_error(
                None,
                "Your subscription is still active. Cancel it under Billing, Manage Billing, "
                "then close the account.",
            )
        except HouseStaysOpen:
            form.add_error(None, "This is the operator's own account. It cannot be closed.")
        else:
            logout(request)
            messages.success(request, "The account is closed, and nothing more will be sent.")
            return redirect("marketing:landing")
    return render(request, "portal/close_account.html", {"customer": customer, "form": form})
