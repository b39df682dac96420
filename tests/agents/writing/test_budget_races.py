"""Many workers at once stay within the model's budget."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from agents.models import WriterSpend
from agents.writing.services import budget
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_stay_within_the_budget(
    now: datetime, configure: Callable[..., None]
) -> None:
    customer = CustomerFactory.create()
    configure(WRITER_DAILY_BUDGET="0.0010")
    barrier = threading.Barrier(8)
    granted: list[bool] = []

    def reserve() -> None:
        try:
            barrier.wait()
            granted.extend(
                budget.reserve(customer_id=customer.pk, day=now.date(), micros=100)
                for _ in range(5)
            )
        finally:
            connections.close_all()

    workers = [threading.Thread(target=reserve) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(granted) == 10
    assert WriterSpend.objects.get().micros == 1_000
