"""The model's budget: how much one customer may spend on it on one UTC day.

A counter per customer and day, raised by a conditional UPDATE before anything is asked, by
the most it can cost, and corrected afterwards: any number of workers together stay within
the budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest

from agents.models import WriterSpend
from hossagent.lib.money import dollars_to_micros

if TYPE_CHECKING:
    from datetime import date


def reserve(*, customer_id: int, day: date, micros: int) -> bool:
    """Take `micros` from the day's budget; False when that much is not left."""
    budget = dollars_to_micros(settings.CONFIG.WRITER_DAILY_BUDGET)
    if micros > budget:
        return False
    rows = WriterSpend.objects.filter(customer=customer_id, day=day)
    within = rows.filter(micros__lte=budget - micros)
    if within.update(micros=F("micros") + micros):
        return True
    if rows.exists():
        return False
    WriterSpend.objects.get_or_create(customer_id=customer_id, day=day)
    return bool(within.update(micros=F("micros") + micros))


def record_spent(*, customer_id: int, day: date, reserved: int, spent: int) -> None:
    """What was reserved and not spent goes back; more than reserved is counted too."""
    WriterSpend.objects.filter(customer=customer_id, day=day).update(
        micros=Greatest(F("micros") - reserved + spent, 0)
    )
