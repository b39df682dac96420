"""Why is nothing sending? Ordered checks, each with its answer and its fix.

The same gate that decides about an email is asked about the next one of each customer, and
the switches are read where the gate reads them, so this list says what the engine does. A
check has the code of the hold that it explains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from agents.mode import get_outreach_mode
from agents.models import Message
from agents.outreach import gate
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.selectors.gather.switches import get_operator_switches
from agents.outreach.selectors.why_not_sending.allowance import (
    check_customer_mode,
    check_day,
    check_hour,
    check_plan,
    check_service_mode,
)
from agents.outreach.selectors.why_not_sending.delivery import check_delivery, check_loop
from agents.outreach.selectors.why_not_sending.switches import (
    check_customer_switches,
    check_operator_switches,
)
from agents.outreach.selectors.why_not_sending.work import (
    check_next_message,
    check_queue,
    check_work,
)
from agents.states import HoldCode, MessageMode, MessageStatus

if TYPE_CHECKING:
    from accounts.models import Customer
    from agents.outreach.gate import Hold
    from hossagent.lib.diagnosis import Diagnosis

# Only the operator can fix these; their answers are about the whole service.
OPERATOR_CHECKS = frozenset(
    {
        *(HoldCode.STOPPED, HoldCode.AUTOPILOT_OFF_FOR_ALL, HoldCode.PAUSED),
        *("loop", HoldCode.DOMAIN_CHECK, "inbox", "server", HoldCode.BREAKER),
        HoldCode.HOURLY_CAP,
    }
)
OURS_TO_FIX = "We need to fix this, and your emails wait until then. Contact support if it lasts."


@dataclass(frozen=True, slots=True)
class Explanation:
    """All checks in order, and when the next email may leave: None when none waits, or none
    leaves until somebody turns something on, which `next_hold` says."""

    checks: tuple[Diagnosis, ...]
    next_send_at: datetime | None
    next_hold: str = ""

    @property
    def problems(self) -> tuple[Diagnosis, ...]:
        return tuple(check for check in self.checks if not check.is_ok)


def explain_service(*, now: datetime) -> Explanation:
    """For the whole service: what would stop every customer's email. Eight queries."""
    switches = check_operator_switches(get_operator_switches())
    queue, first_due_at = check_queue()
    checks = (
        *switches,
        check_service_mode(),
        check_loop(now=now),
        *check_delivery(now=now),
        check_hour(now=now),
        queue,
    )
    if off := [check for check in switches if not check.is_ok]:
        return Explanation(checks, None, off[0].fix)
    return Explanation(checks, first_due_at)


def explain_customer(*, customer: Customer, now: datetime) -> Explanation:
    """For one customer, loaded with `subscription` and `profile`. A fixed number of queries."""
    mode = get_outreach_mode(customer=customer, now=now)
    operator = get_operator_switches()
    message = _next_message(customer)
    hold = None if message is None else _hold_of(message, now=now)
    is_live = mode == MessageMode.LIVE
    checks = (
        *check_operator_switches(operator),
        *check_customer_switches(customer, operator=operator),
        check_plan(customer, now=now),
        check_customer_mode(customer, mode=mode, now=now),
        check_day(customer, mode=mode, now=now),
        check_hour(now=now),
        *check_work(customer),
        check_loop(now=now),
        *(check_delivery(now=now, customer=customer) if is_live else ()),
        check_next_message(message, hold=hold),
    )
    return Explanation(
        checks, _next_send_at(message, hold=hold, now=now), hold.sentence if hold else ""
    )


def explain_to_customer(*, customer: Customer, now: datetime) -> Explanation:
    """The same in the customer's words: what the operator has to fix is named without the
    service's own numbers, settings and commands."""
    found = explain_customer(customer=customer, now=now)
    return replace(found, checks=tuple(_in_customer_words(check) for check in found.checks))


def _in_customer_words(check: Diagnosis) -> Diagnosis:
    is_theirs = check.code not in OPERATOR_CHECKS and "_" not in check.fix
    if is_theirs:
        return check
    return replace(
        check,
        answer="yes" if check.is_ok else "no",
        fix="" if check.is_ok else OURS_TO_FIX,
    )


def _next_message(customer: Customer) -> Message | None:
    message: Message | None = (
        Message.objects.for_customer(customer)
        .filter(status=MessageStatus.QUEUED)
        .select_related("lead__conversation", "customer__profile", "customer__subscription")
        .order_by("due_at", "pk")
        .first()
    )
    return message


def _hold_of(message: Message, *, now: datetime) -> Hold | None:
    facts = get_send_facts(messages=[message], now=now, problems={})[message.pk]
    return gate.check_send(facts)


def _next_send_at(message: Message | None, *, hold: Hold | None, now: datetime) -> datetime | None:
    """When `message` may leave; None when no time can be named."""
    if message is None or message.due_at is None:
        return None
    if hold is None:
        return max(message.due_at, now)
    if hold.next_look is None or hold.code in gate.SWITCHED_OFF:
        return None
    return max(hold.next_look, message.due_at)
