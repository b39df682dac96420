"""The numbers and pictures of the portal: tiles, the pipeline, the week, what is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.urls import reverse

from hossagent.lib import charts

if TYPE_CHECKING:
    from agents.reports.selectors.dashboard import Activity, Dashboard, Funnel
    from billing.selectors import PlanCard


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, and where its rows are; no `url` in a preview."""

    number: int
    label: str
    url: str


def list_tiles(board: Dashboard, *, is_preview: bool) -> tuple[Tile, ...]:
    """The numbers on top of the first page, each with the list behind it."""
    wanted = (
        (board.funnel.found, "Leads", "portal:lead_list", ""),
        (board.messages_out, "Emails written", "portal:message_list", "?show=out"),
        (board.messages_waiting, "Emails scheduled", "portal:message_list", "?show=scheduled"),
        (board.approvals, "Waiting for approval", "portal:approval_list", ""),
        (board.conversations, "Conversations", "portal:conversation_list", ""),
        (board.work_done, "Tasks done", "portal:task_list", "?status=done"),
    )
    return tuple(
        Tile(number, label, "" if is_preview else f"{reverse(page)}{query}")
        for number, label, page, query in wanted
    )


def draw_meters(card: PlanCard) -> list[charts.Meter]:
    """What the plan allows and what of it is used."""
    return [
        charts.meter(
            use.label,
            used=use.used,
            limit=use.limit,
            unit=use.label.lower(),
            is_over=use.is_over,
        )
        for use in card.usage
    ]


def draw_pipeline(funnel: Funnel, *, is_preview: bool) -> charts.Funnel:
    """How many leads came how far; each bar opens its leads, except in a preview."""
    leads = "" if is_preview else reverse("portal:lead_list")
    steps = (
        ("Found", funnel.found, ""),
        ("Contacted", funnel.contacted, "?reached=contacted"),
        ("Replied", funnel.replied, "?reached=replied"),
        ("Qualified", funnel.qualified, "?reached=qualified"),
        ("Work done", funnel.worked, "?reached=worked"),
    )
    return charts.funnel(
        "Your pipeline",
        [
            charts.Step(label, value, f"{leads}{query}" if leads else "")
            for label, value, query in steps
        ],
    )


@lru_cache(maxsize=500)
def draw_week(activity: Activity) -> charts.Columns:
    """Emails, replies and work of the last seven days."""
    return charts.columns(
        "The last seven days",
        [f"{day:%a}" for day in activity.days],
        [
            charts.Series("Emails", "bar", activity.written),
            charts.Series("Replies", "bar-go", activity.replies),
            charts.Series("Work done", "bar-quiet", activity.work),
        ],
    )
