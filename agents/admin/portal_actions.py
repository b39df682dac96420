"""Viewing the portal as a customer, and replacing its link: two audited buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect

from accounts.services import portal_links
from agents.admin.actions import WORK, CustomerAction, actor, is_open, register_action

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.models import Customer


def _impersonate(request: HttpRequest, customer: Customer, now: datetime) -> HttpResponseBase:
    portal_links.record_impersonation(customer=customer, by=actor(request), now=now)
    return redirect("portal:preview", customer.public_token)


def _rotate(request: HttpRequest, customer: Customer, now: datetime) -> str:
    portal_links.rotate_public_token(customer=customer, by=actor(request), now=now)
    return f"{customer.company} has a new portal link. The old link no longer works."


register_action(CustomerAction("impersonate", "Impersonate", WORK, _impersonate, is_open))
register_action(
    CustomerAction(
        "rotate-link",
        "New portal link",
        WORK,
        _rotate,
        is_open,
        confirm="The old link stops working for everyone who has it.",
    )
)
