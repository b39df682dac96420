"""Subscriptions, work summaries and Stripe's events in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from billing.entitlements import get_standing, get_trial_days_left
from billing.models import (
    BillingEvent,
    Checkout,
    Drift,
    Invoice,
    InvoiceLine,
    Subscription,
    TrialIdentity,
)
from billing.selectors import get_stripe_health
from billing.services import diagnostics, events
from billing.services.work_summaries import NotIssuable, issue_invoice, void_invoice
from hossagent.admin_site import register_page, register_panel
from hossagent.console import ConsoleAdmin, act_on_each, age
from hossagent.lib import clock
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    LineInline = admin.TabularInline[InvoiceLine, Invoice]
else:
    LineInline = admin.TabularInline


@admin.register(Subscription)
class SubscriptionAdmin(ConsoleAdmin):
    list_display = ("customer", "standing", "status", "days_left", "leads_used", "tasks_used")
    list_select_related: ClassVar = ["customer", "customer__subscription"]
    list_filter = ("status", "is_complimentary")
    search_fields = ("customer__company", "customer__email", "stripe_subscription_id")

    @admin.display(description="standing")
    def standing(self, subscription: Subscription) -> str:
        return get_standing(subscription.customer, now=clock.now())

    @admin.display(description="trial days left")
    def days_left(self, subscription: Subscription) -> int:
        return get_trial_days_left(subscription.customer, now=clock.now())


class InvoiceLineInline(LineInline):
    model = InvoiceLine
    fields = ("description", "amount", "created_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False

    @admin.display(description="amount")
    def amount(self, line: InvoiceLine) -> str:
        return format_cents(line.amount_cents)


@admin.register(Invoice)
class InvoiceAdmin(ConsoleAdmin):
    list_display = ("__str__", "customer", "status", "total", "held_reason", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("status",)
    search_fields = ("customer__company",)
    inlines = (InvoiceLineInline,)
    actions = ("issue", "void")

    @admin.action(description="Issue: the customer sees it and owes it")
    def issue(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        def one(invoice: Invoice) -> str:
            try:
                issue_invoice(invoice=invoice, by=request.user.get_username(), now=clock.now())
            except NotIssuable as error:
                return str(error)
            return ""

        act_on_each(request, chosen, permission="billing.change_invoice", do=one)

    @admin.action(description="Void: it is owed no more, and its tasks are never billed again")
    def void(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        def one(invoice: Invoice) -> str:
            by, now = request.user.get_username(), clock.now()
            is_done = void_invoice(invoice=invoice, by=by, now=now)
            return "" if is_done else "paid or void already."

        act_on_each(request, chosen, permission="billing.change_invoice", do=one)

    @admin.display(description="total", ordering="total_cents")
    def total(self, invoice: Invoice) -> str:
        return format_cents(invoice.total_cents)

    @admin.display(description="age", ordering="created_at")
    def age(self, invoice: Invoice) -> str:
        return age(invoice.created_at, now=clock.now())


@admin.register(TrialIdentity)
class TrialIdentityAdmin(ConsoleAdmin):
    """Why a sign-up got a trial, or none."""

    change_form_template = "admin/trial_decision.html"
    list_display = ("customer", "outcome", "score", "why", "granted_by", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("outcome", ("granted_at", admin.EmptyFieldListFilter))
    search_fields = ("customer__company", "customer__email")
    fields = ("customer", "outcome", "score", "why", "decided_at", "granted_by", "granted_at")
    readonly_fields = fields

    @admin.display(description="signals")
    def why(self, identity: TrialIdentity) -> str:
        found = [
            f"{one['signal'].replace('_', ' ')} +{one['weight']} ({one['matches']} earlier)"
            for one in identity.signals
        ]
        return ", ".join(found) or "nothing found"

    @admin.display(description="age", ordering="decided_at")
    def age(self, identity: TrialIdentity) -> str:
        return age(identity.decided_at, now=clock.now())


@admin.register(BillingEvent)
class BillingEventAdmin(ConsoleAdmin):
    """Every event that Stripe sent; any can be replayed."""

    list_display = ("event_id", "type", "customer", "status", "attempts", "reason", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("status", "type")
    search_fields = ("event_id", "object_id", "stripe_customer_id", "customer__company")
    actions = ("replay",)

    @admin.display(description="error")
    def reason(self, event: BillingEvent) -> str:
        return event.error[:120]

    @admin.display(description="age", ordering="received_at")
    def age(self, event: BillingEvent) -> str:
        return age(event.received_at, now=clock.now())

    @admin.action(description="Replay: process again from Stripe's current state")
    def replay(self, request: HttpRequest, chosen: QuerySet[BillingEvent]) -> None:
        if not request.user.has_perm("billing.change_billingevent"):
            raise PermissionDenied("Replaying needs the permission to change billing events.")
        now, by = clock.now(), request.user.get_username()
        count = sum(events.replay_event(event=event, by=by, now=now) for event in chosen)
        messages.success(request, f"{count} events are processed again within seconds.")


@admin.register(Checkout)
class CheckoutAdmin(ConsoleAdmin):
    list_display = ("customer", "purpose", "status", "stripe_session_id", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("status", "purpose")
    search_fields = ("customer__company", "stripe_session_id")

    @admin.display(description="age", ordering="created_at")
    def age(self, checkout: Checkout) -> str:
        return age(checkout.created_at, now=clock.now())


@admin.register(Drift)
class DriftAdmin(ConsoleAdmin):
    """What reconciling found different at Stripe."""

    list_display = ("customer", "what", "is_repaired", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("is_repaired",)
    search_fields = ("customer__company",)

    @admin.display(description="we had, Stripe has")
    def what(self, drift: Drift) -> str:
        return "; ".join(
            f"{name}: {values['ours'] or 'nothing'}, {values['stripe'] or 'nothing'}"
            for name, values in sorted(drift.differences.items())
        )

    @admin.display(description="age", ordering="found_at")
    def age(self, drift: Drift) -> str:
        return age(drift.found_at, now=clock.now())


# dj-stripe's own pages search columns that it no longer has, and offer forms that would
# call Stripe. The mirror's news is on the pages above.
for model in apps.get_app_config("djstripe").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@require_POST
def stripe_diagnostics(request: HttpRequest) -> HttpResponse:
    """Ask Stripe and show the answers; changes nothing."""
    context = {
        **admin.site.each_context(request),
        "title": "Stripe diagnostics",
        "checks": diagnostics.run_diagnostics(now=clock.now()),
    }
    return TemplateResponse(request, "admin/stripe_diagnostics.html", context)


def stripe_panel(request: HttpRequest) -> dict[str, Any]:
    return {"health": get_stripe_health()}


register_page(route="stripe/diagnostics/", view=stripe_diagnostics, name="stripe_diagnostics")
register_panel(order=60, template="admin/panels/stripe.html", context=stripe_panel)
