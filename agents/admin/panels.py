"""The control room's panels: what runs, what was sent, and what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.models import Customer, OutboxMail
from accounts.states import OutboxStatus
from agents.admin.runs import agent_name
from agents.models import (
    Conversation,
    Heartbeat,
    HourlyQuota,
    InboundMessage,
    Lead,
    LeadSourceRun,
    Message,
    SendAttempt,
    SystemSettings,
    Task,
)
from agents.states import CycleAgent, InboundStatus, MessageMode, MessageStatus, TaskStatus
from billing.models import Invoice
from billing.states import InvoiceStatus
from hossagent import subsystems
from hossagent.admin_site import register_panel
from hossagent.console import age
from hossagent.lib import clock
from hossagent.lib.calendars import hour_of
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from django.http import HttpRequest

ATTEMPTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Tile:
    value: str
    label: str
    url: str


def _rows(model: str, query: str = "") -> str:
    return f"{reverse(f'admin:{model}_changelist')}{query}"


def stats(request: HttpRequest) -> dict[str, Any]:
    money = Invoice.objects.aggregate(
        drafts=Count("pk", filter=Q(status=InvoiceStatus.DRAFT)),
        paid=Sum("total_cents", filter=Q(status=InvoiceStatus.PAID), default=0),
        open=Sum("total_cents", filter=Q(status=InvoiceStatus.OPEN), default=0),
    )
    pending = Task.objects.filter(status=TaskStatus.PENDING).count()
    invoices = "billing_invoice"
    return {
        "tiles": (
            Tile(f"{Lead.objects.count():,}", "total leads", _rows("agents_lead")),
            Tile(f"{Customer.objects.count():,}", "total customers", _rows("accounts_customer")),
            Tile(f"{pending:,}", "pending tasks", _rows("agents_task", "?status__exact=pending")),
            Tile(f"{money['drafts']:,}", "draft invoices", _rows(invoices, "?status__exact=draft")),
        ),
        "internal": (
            Tile(format_cents(money["paid"]), "revenue", _rows(invoices, "?status__exact=paid")),
            Tile(
                format_cents(money["open"]), "outstanding", _rows(invoices, "?status__exact=open")
            ),
        ),
    }


def run_buttons(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    return {
        "system": SystemSettings.objects.get(),
        "agents": [(agent.value, agent_name(agent)) for agent in CycleAgent],
        "beats": [
            (beat.loop, age(beat.beat_at, now=now), beat.detail)
            for beat in Heartbeat.objects.order_by("loop")
        ],
    }


def email_health(request: HttpRequest) -> dict[str, Any]:
    now, config = clock.now(), settings.CONFIG
    used = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    return {
        "subsystem": subsystems.email(),
        "transport": config.EMAIL_MODE.value,
        "per_cycle": config.MAX_EMAILS_PER_CYCLE,
        "per_hour": config.MAX_EMAILS_PER_HOUR,
        "live": used.get(MessageMode.LIVE, 0),
        "dry_run": used.get(MessageMode.DRY_RUN, 0),
        "attempts": [
            (attempt, age(attempt.at, now=now))
            for attempt in SendAttempt.objects.order_by("-pk")[:ATTEMPTS_SHOWN]
        ],
        "all_url": _rows("agents_sendattempt"),
    }


def lead_source(request: HttpRequest) -> dict[str, Any]:
    last = LeadSourceRun.objects.select_related("customer").order_by("-at").first()
    return {
        "provider": settings.CONFIG.LEAD_SOURCE_PROVIDER.value,
        "fallback": settings.CONFIG.LEAD_SOURCE_FALLBACK.value,
        "last": last,
        "last_age": age(last.at if last else None, now=clock.now()),
        "all_url": _rows("agents_leadsourcerun"),
    }


def all_subsystems(request: HttpRequest) -> dict[str, Any]:
    return {"subsystems": subsystems.all_subsystems(), "sandbox": settings.CONFIG.sandbox_world_on}


def needs_a_person(request: HttpRequest) -> dict[str, Any]:
    inbound, messages = "agents_inboundmessage", "agents_message"
    found = (
        Tile(
            str(InboundMessage.objects.filter(status=InboundStatus.UNMATCHED).count()),
            "replies nobody could place",
            _rows(inbound, "?status__exact=unmatched"),
        ),
        Tile(
            str(Message.objects.filter(status=MessageStatus.UNKNOWN).count()),
            "sends with an unknown outcome",
            _rows(messages, "?status__exact=unknown"),
        ),
        Tile(
            str(Conversation.objects.filter(is_awaiting_answer=True).count()),
            "conversations waiting for an answer",
            _rows("agents_conversation", "?is_awaiting_answer__exact=1"),
        ),
        Tile(
            str(Task.objects.filter(status=TaskStatus.FAILED).count()),
            "failed tasks",
            _rows("agents_task", "?status__exact=failed"),
        ),
        Tile(
            str(OutboxMail.objects.filter(status=OutboxStatus.FAILED).count()),
            "account mails that failed",
            _rows("accounts_outboxmail", "?status__exact=failed"),
        ),
    )
    return {"tiles": [tile for tile in found if tile.value != "0"]}


register_panel(order=10, template="admin/panels/stats.html", context=stats)
register_panel(order=15, template="admin/panels/needs_a_person.html", context=needs_a_person)
register_panel(order=20, template="admin/panels/run.html", context=run_buttons)
register_panel(order=30, template="admin/panels/email_health.html", context=email_health)
register_panel(order=25, template="admin/panels/lead_source.html", context=lead_source)
register_panel(order=50, template="admin/panels/subsystems.html", context=all_subsystems)
