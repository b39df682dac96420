"""People who work for several customers choose the one they work for now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
@login_required
def switch_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Work for another of one's own customers."""
    customer = access.switch_customer(request, customer_id=pk)
    messages.success(request, f"You switched to {customer.company}.")
    return redirect("portal:home")


@never_cache
@login_required
@require_safe
def choose_customer(request: HttpRequest) -> HttpResponse:
    """The customers this person belongs to, with a button each."""
    memberships = access.list_memberships(request)
    context = {"memberships": memberships}
    return render(request, "accounts/choose_customer.html", context)
