"""One's own address and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_membership

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    membership = get_membership(request)
    context = {"customer": membership.customer, "membership": membership}
    return render(request, "portal/security.html", context)
