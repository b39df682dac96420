"""Has somebody turned outreach off?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.selectors.gather.switches import switch_facts
from agents.outreach.selectors.why_not_sending.ask import ask
from agents.states import HoldCode

if TYPE_CHECKING:
    from accounts.models import Customer
    from agents.outreach.selectors.gather.switches import OperatorSwitches
    from hossagent.lib.diagnosis import Diagnosis


def check_operator_switches(operator: OperatorSwitches) -> tuple[Diagnosis, ...]:
    """The switches that hold everybody's email."""
    stopped, is_on = operator.outreach_stopped_at, operator.is_autopilot_on
    return (
        ask(
            HoldCode.STOPPED,
            "Is outreach turned on?",
            ok=stopped is None,
            answer="on" if stopped is None else f"stopped {stopped:%Y-%m-%d %H:%M} UTC",
            fix="Resume outreach in the console.",
        ),
        ask(
            HoldCode.AUTOPILOT_OFF_FOR_ALL,
            "Is the autopilot on for everyone?",
            ok=is_on,
            answer="on" if is_on else "off",
            fix="Turn the autopilot on in the console.",
        ),
    )


def check_customer_switches(
    customer: Customer, *, operator: OperatorSwitches
) -> tuple[Diagnosis, ...]:
    """The switches that hold this customer's email alone."""
    facts = switch_facts(customer, operator=operator)
    return (
        ask(
            HoldCode.CLOSED,
            "Is the account open?",
            ok=not facts.is_closed,
            answer="closed" if facts.is_closed else "open",
            fix="Nothing more is sent for a closed account.",
        ),
        ask(
            HoldCode.PAUSED,
            "Is outreach running?",
            ok=not facts.is_paused,
            answer="paused" if facts.is_paused else "running",
            fix="Resume this customer's outreach in the console.",
        ),
        ask(
            HoldCode.AUTOPILOT_OFF,
            "Is Autopilot on?",
            ok=not facts.is_autopilot_off,
            answer="off" if facts.is_autopilot_off else "on",
            fix="Turn Autopilot on in Settings.",
        ),
    )
