"""The price list: one plan, and the limits of its trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as sold. The limits apply to the trial; a paid plan has none."""

    key: str
    name: str
    price_cents: int
    trial_length: timedelta
    trial_tasks: int
    trial_leads: int


PRO = Plan(
    key="hossagent_pro",
    name="HossAgent Pro",
    price_cents=9_900,
    trial_length=timedelta(days=7),
    trial_tasks=15,
    trial_leads=20,
)
