"""Who belongs to the account, and one's own sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_customer, get_membership
from accounts.models import Invitation, Membership
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    context = {
        "customer": customer,
        "members": Membership.objects.filter(customer=customer)
        .select_related("user")
        .order_by("pk"),
        "invitations": Invitation.objects.filter(
            customer=customer, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
        ).order_by("pk"),
    }
    return render(request, "portal/people.html", context)


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    membership = get_membership(request)
    context = {"customer": membership.customer, "membership": membership}
    return render(request, "portal/security.html", context)
