"""Stripe in the console: its health, diagnostics, and one customer's live subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Customer
from billing import gateway
from billing.selectors import get_live_subscriptions, get_stripe_health
from billing.services import diagnostics, subscriptions
from hossagent import subsystems
from hossagent.admin_site import register_page, register_panel
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MONEY = "billing.change_subscription"


@require_POST
def stripe_diagnostics(request: HttpRequest) -> HttpResponse:
    """Ask Stripe and show the answers. Changes nothing."""
    context = {
        **admin.site.each_context(request),
        "title": "Stripe diagnostics",
        "checks": diagnostics.run_diagnostics(now=clock.now()),
    }
    return TemplateResponse(request, "admin/stripe_diagnostics.html", context)


@require_safe
def stripe_subscriptions(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer's live subscriptions side by side. One of two can be ended here."""
    customer = _customer(pk)
    context = {
        **admin.site.each_context(request),
        "title": f"Subscriptions of {customer.company}",
        "customer": customer,
        "live": get_live_subscriptions(customer=customer),
        "may_cancel": request.user.has_perm(MONEY) and subsystems.stripe().is_live,
        "dashboard_url": (
            subscriptions.dashboard_url(customer=customer)
            if customer.subscription.stripe_customer_id
            else ""
        ),
    }
    return TemplateResponse(request, "admin/stripe_subscriptions.html", context)


@require_POST
def stripe_cancel_one(request: HttpRequest, pk: int) -> HttpResponse:
    """End the chosen subscription, after a confirmation."""
    if not request.user.has_perm(MONEY):
        raise PermissionDenied(f"You may look, but this needs the permission {MONEY}.")
    customer = _customer(pk)
    found = get_live_subscriptions(customer=customer)
    chosen = next((one for one in found if one.id == request.POST.get("subscription")), None)
    if chosen is None:
        raise Http404("no such subscription")
    if "confirmed" not in request.POST:
        context = {
            **admin.site.each_context(request),
            "title": "Cancel at once",
            "customer": customer,
            "chosen": chosen,
            "others": len(found) - 1,
        }
        return TemplateResponse(request, "admin/stripe_cancel_one.html", context)
    try:
        subscriptions.cancel_one(
            customer=customer,
            subscription_id=chosen.id,
            by=request.user.get_username(),
            now=clock.now(),
        )
    except subscriptions.NothingToCancel:
        messages.error(
            request, f"Subscription {chosen.id} has ended in the meantime. Nothing was changed."
        )
    except gateway.StripeError as error:
        messages.error(request, f"{error}")
    else:
        messages.success(
            request,
            f"Subscription {chosen.id} has ended. What it collected can be refunded at Stripe.",
        )
    return HttpResponseRedirect(reverse("admin:stripe_subscriptions", args=[customer.pk]))


def _customer(pk: int) -> Customer:
    return get_object_or_404(Customer.objects.select_related("subscription"), pk=pk)


def stripe_panel(request: HttpRequest) -> dict[str, Any]:
    return {"health": get_stripe_health()}


register_page(route="stripe/diagnostics/", view=stripe_diagnostics, name="stripe_diagnostics")
register_page(
    route="stripe/customers/<int:pk>/", view=stripe_subscriptions, name="stripe_subscriptions"
)
register_page(
    route="stripe/customers/<int:pk>/cancel/", view=stripe_cancel_one, name="stripe_cancel_one"
)
register_panel(order=60, template="admin/panels/stripe.html", context=stripe_panel)
