"""Billing's lists in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from billing.entitlements import get_plan_status, get_trial_days_left
from billing.models import (
    BillingEvent,
    Checkout,
    Drift,
    Invoice,
    Subscription,
    TrialIdentity,
)
from billing.services import events
from billing.services.work_summaries import NotIssuable, issue_invoice, void_invoice
from hossagent.console import ConsoleAdmin, act_on_each, age
from hossagent.lib import clock
from hossagent.lib.money import format_cents
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class TwiceFilter(admin.SimpleListFilter):
    """Customers who pay twice. A person chooses which subscription ends."""

    title = "live at Stripe"
    parameter_name = "live"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Subscription]
    ) -> list[tuple[str, str]]:
        return [("two", "two or more")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Subscription]
    ) -> QuerySet[Subscription]:
        return queryset.filter(live_count__gt=1) if self.value() else queryset


@admin.register(Subscription)
class SubscriptionAdmin(ConsoleAdmin):
    list_display = (
        "customer",
        "plan_status",
        "status",
        "live",
        "days_left",
        "leads_used",
        "tasks_used",
    )
    list_select_related: ClassVar = ["customer", "customer__subscription"]
    list_filter = ("status", TwiceFilter, "is_complimentary")
    search_fields = ("customer__company", "customer__email", "stripe_subscription_id")

    @admin.display(description="standing")
    def plan_status(self, subscription: Subscription) -> str:
        return get_plan_status(subscription.customer, now=clock.now())

    @admin.display(description="live at Stripe", ordering="live_count")
    def live(self, subscription: Subscription) -> str:
        if not subscription.live_count:
            return "-"
        url = reverse("admin:stripe_subscriptions", args=[subscription.pk])
        tone = "bad" if subscription.live_count > 1 else ""
        return format_html('<a class="{}" href="{}">{}</a>', tone, url, subscription.live_count)

    @admin.display(description="trial days left")
    def days_left(self, subscription: Subscription) -> int:
        return get_trial_days_left(subscription.customer, now=clock.now())


@admin.register(Invoice)
class InvoiceAdmin(ConsoleAdmin):
    list_display = ("__str__", "customer", "status", "total", "held_reason", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("status",)
    search_fields = ("customer__company",)
    fields = (
        "customer",
        "status",
        "total",
        "billed",
        "held_reason",
        "created_at",
        "closes_at",
        "closed_at",
        "issued_at",
        "paid_at",
        "voided_at",
        "payment_url",
        "payment_link_id",
    )
    readonly_fields = fields
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

    @admin.action(
        description="Void: nothing is owed any more, and its tasks are never billed again"
    )
    def void(self, request: HttpRequest, chosen: QuerySet[Invoice]) -> None:
        def one(invoice: Invoice) -> str:
            by, now = request.user.get_username(), clock.now()
            is_done = void_invoice(invoice=invoice, by=by, now=now)
            return "" if is_done else "paid or void already."

        act_on_each(request, chosen, permission="billing.change_invoice", do=one)

    @admin.display(description="lines")
    def billed(self, invoice: Invoice) -> str:
        """What was done for this amount, one line per task."""
        lines = invoice.lines.order_by("pk")
        return format_html_join(
            mark_safe("<br>"),
            "{}: {} on {}",
            (
                (line.description, format_cents(line.amount_cents), f"{line.created_at:%Y-%m-%d}")
                for line in lines
            ),
        )

    @admin.display(description="total", ordering="total_cents")
    def total(self, invoice: Invoice) -> str:
        return format_cents(invoice.total_cents)

    @admin.display(description="age", ordering="created_at")
    def age(self, invoice: Invoice) -> str:
        return age(invoice.created_at, now=clock.now())


@admin.register(TrialIdentity)
class TrialIdentityAdmin(ConsoleAdmin):
    """Why a sign-up got a trial, or did not."""

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
    """Every event that Stripe sent. Any of them can be replayed."""

    list_display = ("event_id", "type", "customer", "status", "attempts", "age", "reason")
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
        messages.success(
            request, f"{plural(count, 'event is', 'events are')} processed again within seconds."
        )


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
    """Differences from Stripe that reconciling found."""

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


# dj-stripe's own pages search columns that no longer exist, and have forms that would call
# Stripe. The pages above show what matters of the mirror.
for model in apps.get_app_config("djstripe").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)
