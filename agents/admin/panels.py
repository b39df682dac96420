"""The panels on the console's index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from accounts.models import Customer
from agents.backfills.selectors import list_progress
from agents.mailboxes.selectors import get_inbox_error
from agents.models import SystemSettings
from agents.outreach.selectors.why_not_sending import explain_service
from agents.reports.selectors.attention import list_decisions
from agents.reports.selectors.console import (
    get_email_health,
    get_last_source_run,
    get_tiles,
    list_heartbeats,
    list_queues,
)
from agents.reports.selectors.customer_plans import count_plans, get_plan_row
from agents.states import CycleAgent
from billing.plans import PRO
from hossagent import subsystems
from hossagent.admin_site import register_panel
from hossagent.console import age
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest

CUSTOMERS_SHOWN = 10


def attention(request: HttpRequest) -> dict[str, Any]:
    return {"decisions": list_decisions(now=clock.now())}


def tiles(request: HttpRequest) -> dict[str, Any]:
    return {"tiles": get_tiles()}


def running(request: HttpRequest) -> dict[str, Any]:
    return {
        "settings": SystemSettings.objects.get(),
        "agents": CycleAgent.choices,
        "may_operate": request.user.has_perm("agents.change_systemsettings"),
        "release_mode": settings.CONFIG.RELEASE_MODE,
        "sandbox": settings.CONFIG.sandbox_world_on,
        "speed": settings.CONFIG.SANDBOX_SPEED,
        "subsystems": subsystems.all_subsystems(),
    }


def email(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    return {
        "mode": subsystems.email(),
        "health": get_email_health(now=now),
        "why": explain_service(now=now),
        "may_operate": request.user.has_perm("agents.change_systemsettings"),
        "test_mail_to": request.GET.get("to", request.user.get_username()),
        "inbox_error": get_inbox_error(),
    }


def leads(request: HttpRequest) -> dict[str, Any]:
    return {
        "mode": subsystems.leads(),
        "provider": settings.CONFIG.LEAD_SOURCE_PROVIDER,
        "most": settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE,
        "last": get_last_source_run(),
    }


def workers(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    return {
        "beats": [(beat, age(beat.beat_at, now=now)) for beat in list_heartbeats()],
        "queues": [(queue, age(queue.oldest_at, now=now)) for queue in list_queues(now=now)],
    }


def backfills(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    return {
        "rows": [
            (progress, age(now + progress.time_left, now=now) if progress.time_left else "")
            for progress in list_progress(now=now)
        ],
        "may_change": request.user.has_perm("agents.change_backfill"),
    }


def plan(request: HttpRequest) -> dict[str, Any]:
    return {"plan": PRO, "counts": count_plans(now=clock.now())}


def customers(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    newest = Customer.objects.select_related("subscription", "profile").order_by("-pk")
    return {
        "rows": [get_plan_row(customer=customer, now=now) for customer in newest[:CUSTOMERS_SHOWN]]
    }


register_panel(order=10, template="admin/panels/attention.html", context=attention)
register_panel(order=20, template="admin/panels/tiles.html", context=tiles)
register_panel(order=30, template="admin/panels/running.html", context=running)
register_panel(order=40, template="admin/panels/email.html", context=email)
register_panel(order=50, template="admin/panels/leads.html", context=leads)
register_panel(order=70, template="admin/panels/plan.html", context=plan)
register_panel(order=80, template="admin/panels/customers.html", context=customers)
register_panel(order=90, template="admin/panels/workers.html", context=workers)
register_panel(order=95, template="admin/panels/backfills.html", context=backfills)
