"""The weekly report: one task per customer and ISO week, made when the week is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from agents.models import Profile
from agents.work.services.tasks.create import create_task
from agents.writing.selectors.week_facts import week_bounds
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from accounts.models import Customer


def week_before(moment: datetime, zone: str) -> tuple[date, date]:
    """Monday and Sunday of the last full ISO week in `zone`."""
    today = local_day(moment, zone)
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def last_week_name(moment: datetime, zone: str) -> str:
    """The last full ISO week in `zone`, as "2026-W09"."""
    return _name(week_before(moment, zone)[0])


def _name(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def plan_weekly_report(*, customer: Customer, now: datetime) -> bool:
    """Make the task of last week's report, once, in the customer's own calendar. True when it
    was made now.

    Takes no query when it exists already, because the profile is loaded. A customer that
    began after that week gets no report of it.
    """
    monday, _ = week_before(now, customer.timezone)
    name = _name(monday)
    if customer.profile.reported_week == name:
        return False
    _, end = week_bounds(monday, customer.timezone)
    with transaction.atomic():
        is_ours = (
            Profile.objects.filter(pk=customer.pk)
            .exclude(reported_week=name)
            .update(reported_week=name)
        )
        customer.profile.reported_week = name
        if not is_ours or customer.created_at >= end:
            return False
        return (
            create_task(customer=customer, kind="weekly_report", dedupe_key=f"week:{name}", now=now)
            is not None
        )
