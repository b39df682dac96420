"""What the operator and a customer have turned off: asked by the send gate for each mail, and
by the pages that say why nothing is sending, so that both give one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import SystemSettings

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class OperatorSwitches:
    """What holds everybody's mail."""

    outreach_stopped_at: datetime | None
    is_autopilot_on: bool

    @property
    def facts(self) -> dict[str, bool]:
        """The part of the gate's facts that they are."""
        return {
            "is_stopped": self.outreach_stopped_at is not None,
            "is_autopilot_off_for_all": not self.is_autopilot_on,
        }


def get_operator_switches() -> OperatorSwitches:
    """As they are now. Without their row the autopilot is off, as it is for the passes."""
    row = SystemSettings.objects.filter(pk=1).first()
    if row is None:
        return OperatorSwitches(outreach_stopped_at=None, is_autopilot_on=False)
    return OperatorSwitches(row.outreach_stopped_at, row.is_autopilot_on)


def customer_switch_facts(customer: Customer) -> dict[str, bool]:
    """What holds this customer's mail alone; it comes with `profile` loaded."""
    return {
        "is_closed": customer.closed_at is not None,
        "is_paused": customer.profile.outreach_paused_at is not None,
        "is_autopilot_off": not customer.autopilot,
    }
