"""May real email be sent, and is there room in the day and the hour?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import HourlyQuota
from agents.outreach import gate
from agents.outreach.selectors.gather.limits import get_days
from agents.outreach.selectors.why_not_sending.ask import ask
from agents.states import HoldCode, MessageMode, QuotaMode
from billing.entitlements import can_run_agent_for, get_plan_status, may_send_live
from hossagent import subsystems
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from hossagent.lib.diagnosis import Diagnosis

_MODE = "Can real email be sent?"


def check_service_mode() -> Diagnosis:
    email = subsystems.email()
    answer = f"{email.mode}: {email.reason}"
    return ask("mode", _MODE, ok=email.is_live, answer=answer, fix=email.fix)


def check_customer_mode(customer: Customer, *, mode: MessageMode, now: datetime) -> Diagnosis:
    may_live = may_send_live(customer, now=now)
    return ask(
        "mode",
        _MODE,
        ok=mode == MessageMode.LIVE,
        answer=mode.value.replace("_", " "),
        fix=subsystems.email().fix if may_live else "Real email needs a paid subscription.",
    )


def check_plan(customer: Customer, *, now: datetime) -> Diagnosis:
    return ask(
        "plan",
        "Does the plan allow work?",
        ok=can_run_agent_for(customer, now=now),
        answer=str(get_plan_status(customer, now=now)).replace("_", " "),
        fix="Subscribe on the billing page.",
    )


def check_day(customer: Customer, *, mode: MessageMode, now: datetime) -> Diagnosis:
    """One query."""
    counter = QuotaMode(mode.value)
    day = get_days(customers=[customer], modes=[counter], now=now)[customer.pk, counter]
    return ask(
        HoldCode.DAILY_RAMP,
        "Is there room in today's limit?",
        ok=day.used < day.limit,
        answer=f"{day.used} of {day.limit}",
        fix="The limit grows by itself after clean days.",
    )


def check_hour(*, now: datetime) -> Diagnosis:
    """One query."""
    limit = settings.CONFIG.MAX_EMAILS_PER_HOUR
    used = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    live = used.get(QuotaMode.LIVE, 0)
    return ask(
        HoldCode.HOURLY_CAP,
        "Is there room in this hour's limit?",
        ok=live < limit,
        answer=f"{live} of {limit} (dry run {used.get(QuotaMode.DRY_RUN, 0)})",
        fix=f"Wait until {gate.hour_ends_at(now):%H:%M} UTC, or raise MAX_EMAILS_PER_HOUR.",
    )
