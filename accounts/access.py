"""Whose portal a request may see; everyone else gets the same 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts.models import Customer

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "customer_id"


def get_customer(request: HttpRequest) -> Customer:
    """The customer this person works for, with its subscription and profile loaded.

    The one chosen in the session, or the first they belong to. Raises Http404 for
    somebody who belongs to none.
    """
    if not request.user.is_authenticated:
        raise Http404
    mine = Customer.objects.select_related("subscription", "profile").filter(
        memberships__user=request.user, closed_at=None
    )
    chosen = request.session.get(SESSION_KEY)
    customer: Customer | None = None
    if chosen is not None:
        customer = mine.filter(pk=chosen).first()
    if customer is None:
        customer = mine.order_by("memberships__pk").first()
    if customer is None:
        raise Http404
    return customer
