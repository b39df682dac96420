"""Customer Plans: the table of all customers, and a page with everything about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import Http404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.models import AuditEvent, Customer
from agents.admin.actions import offered_actions
from agents.models import Conversation, CycleRun, Message, SendAttempt, Task
from agents.outreach.selectors.why_not_sending import explain_customer
from agents.reports.selectors.customer_plans import get_plan_row, needing_attention, with_plan
from billing.models import Invoice
from billing.states import SubscriptionStatus
from hossagent.console import ConsoleAdmin, age, pill, status_pill
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from agents.reports.selectors.customer_plans import PlanRow

NEWEST = 10


class PlanFilter(admin.SimpleListFilter):
    title = "plan"
    parameter_name = "plan"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [
            ("trial", "Trial"),
            ("trial_expired", "Trial over"),
            ("pro", "HossAgent Pro"),
            ("complimentary", "Complimentary"),
            ("none", "None"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        plan = self.value()
        known = {value for value, _ in self.lookup_choices}
        return with_plan(queryset, plan, now=clock.now()) if plan in known else queryset


class StatusFilter(admin.SimpleListFilter):
    title = "Stripe's status"
    parameter_name = "status"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return list(SubscriptionStatus.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subscription__status=self.value()) if self.value() else queryset


class AttentionFilter(admin.SimpleListFilter):
    title = "attention"
    parameter_name = "attention"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("yes", "needs attention")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return needing_attention(queryset, now=clock.now()) if self.value() else queryset


@admin.register(Customer)
class CustomerAdmin(ConsoleAdmin):
    list_display = (
        "id",
        "company_link",
        "plan",
        "plan_status",
        "days_left",
        "tasks_used",
        "leads_used",
        "view_as",
        "buttons",
    )
    list_display_links = None
    list_filter = (PlanFilter, StatusFilter, AttentionFilter, "autopilot", "is_house")
    search_fields = ("company", "email", "contact_name")
    search_help_text = "Company, contact or address"
    list_select_related = ("subscription", "profile")
    ordering = ("-pk",)

    def _row(self, customer: Customer) -> PlanRow:
        return get_plan_row(customer=customer, now=clock.now())

    @admin.display(description="company", ordering="company")
    def company_link(self, customer: Customer) -> str:
        url = reverse("admin:accounts_customer_change", args=[customer.pk])
        marks = {
            "house": customer.is_house,
            "closed": customer.closed_at is not None,
            "SIMULATED": self._row(customer).is_simulated,
        }
        pills = format_html_join(
            " ", "{}", ((pill(word),) for word, is_so in marks.items() if is_so)
        )
        return format_html('<a href="{}">{}</a> {}', url, customer.company, pills)

    @admin.display(description="plan")
    def plan(self, customer: Customer) -> str:
        return self._row(customer).plan

    @admin.display(description="status")
    def plan_status(self, customer: Customer) -> str:
        row = self._row(customer)
        return status_pill(row.plan_status, tone=row.tone)

    @admin.display(description="days left")
    def days_left(self, customer: Customer) -> str:
        days = self._row(customer).days_left
        return "-" if days is None else str(days)

    @admin.display(description="tasks used")
    def tasks_used(self, customer: Customer) -> str:
        return self._row(customer).tasks

    @admin.display(description="leads used")
    def leads_used(self, customer: Customer) -> str:
        return self._row(customer).leads

    @admin.display(description="view")
    def view_as(self, customer: Customer) -> str:
        url = reverse("portal:preview", args=[customer.public_token])
        return format_html(
            '<a href="{}" target="_blank" rel="noopener noreferrer">View as customer'
            '<span class="visually-hidden"> {} (opens a new tab)</span></a>',
            url,
            customer.company,
        )

    @admin.display(description="actions")
    def buttons(self, customer: Customer) -> str:
        return render_to_string(
            "admin/_customer_buttons.html",
            {"customer": customer, "actions": offered_actions(customer), "in_list": True},
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one customer, newest first; a fixed number of queries."""
        customer = (
            Customer.objects.select_related("subscription", "profile")
            .filter(pk=int(object_id) if object_id.isdigit() else 0)
            .first()
        )
        if customer is None:
            raise Http404("no such customer")
        context = {
            **self.admin_site.each_context(request),
            **_everything_about(customer),
            "title": customer.company,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/customer.html", context)


def _everything_about(customer: Customer) -> dict[str, Any]:
    now = clock.now()
    return {
        "customer": customer,
        "row": get_plan_row(customer=customer, now=now),
        "actions": offered_actions(customer),
        "next_run": age(customer.next_run_at, now=now),
        "why": explain_customer(customer=customer, now=now),
        "held": list(
            Message.objects.for_customer(customer)
            .filter(due_at__isnull=False)
            .exclude(held_code="")
            .select_related("lead")
            .order_by("due_at")[:NEWEST]
        ),
        "attempts": list(SendAttempt.objects.filter(customer_id=customer.pk)[:NEWEST]),
        "runs": list(CycleRun.objects.filter(customer=customer).order_by("-started_at")[:NEWEST]),
        "conversations": list(
            Conversation.objects.filter(customer=customer, last_reply_at__isnull=False)
            .select_related("lead")
            .order_by("-is_awaiting_answer", "-last_reply_at")[:NEWEST]
        ),
        "tasks": list(Task.objects.filter(customer=customer).order_by("-pk")[:NEWEST]),
        "invoices": list(
            Invoice.objects.filter(customer=customer).order_by("-created_at")[:NEWEST]
        ),
        "members": list(customer.memberships.select_related("user").order_by("pk")),
        "audit": list(AuditEvent.objects.filter(customer_id=customer.pk)[:NEWEST]),
    }
