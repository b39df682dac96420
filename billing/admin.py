"""Subscriptions and work summaries in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin

from billing.entitlements import get_standing, get_trial_days_left
from billing.models import Invoice, InvoiceLine, Subscription, TrialIdentity
from hossagent.console import ConsoleAdmin, age
from hossagent.lib import clock
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from django.http import HttpRequest

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

    @admin.display(description="total", ordering="total_cents")
    def total(self, invoice: Invoice) -> str:
        return format_cents(invoice.total_cents)

    @admin.display(description="age", ordering="created_at")
    def age(self, invoice: Invoice) -> str:
        return age(invoice.created_at, now=clock.now())


@admin.register(TrialIdentity)
class TrialIdentityAdmin(ConsoleAdmin):
    """Why a sign-up got a trial, or none."""

    list_display = ("customer", "outcome", "score", "why", "age")
    list_select_related: ClassVar = ["customer"]
    list_filter = ("outcome",)
    search_fields = ("customer__company", "customer__email")
    fields = ("customer", "outcome", "score", "why", "decided_at")
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
