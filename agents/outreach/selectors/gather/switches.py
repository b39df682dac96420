"""What the operator and a customer have turned off.

The send gate asks for each message and the pages that say why nothing is sending ask too,
so both give one answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import SystemSettings
from agents.outreach.gate import SwitchFacts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class OperatorSwitches:
    """What holds everybody's email."""

    outreach_stopped_at: datetime | None
    is_autopilot_on: bool


def get_operator_switches() -> OperatorSwitches:
    """As they are now. Without their row the autopilot is off, as it is for the cycles."""
    row = SystemSettings.objects.filter(pk=1).first()
    if row is None:
        return OperatorSwitches(outreach_stopped_at=None, is_autopilot_on=False)
    return OperatorSwitches(row.outreach_stopped_at, row.is_autopilot_on)


def get_switches(*, customers: Iterable[Customer]) -> dict[int, SwitchFacts]:
    """What holds each customer's email; they come with `profile` loaded. One query."""
    operator = get_operator_switches()
    return {customer.pk: switch_facts(customer, operator=operator) for customer in customers}


def switch_facts(customer: Customer, *, operator: OperatorSwitches) -> SwitchFacts:
    """What holds this customer's email. No query."""
    return SwitchFacts(
        is_stopped=operator.outreach_stopped_at is not None,
        is_autopilot_off_for_all=not operator.is_autopilot_on,
        is_closed=customer.closed_at is not None,
        is_paused=customer.profile.outreach_paused_at is not None,
        is_autopilot_off=not customer.autopilot,
    )
