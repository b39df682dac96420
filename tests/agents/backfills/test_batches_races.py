"""Several workers at one backfill, and beside live writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection, transaction

from agents.backfills import counted_on
from agents.backfills.services import batches
from agents.models import Backfill, Message
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.backfills import NAME, old_email, start
from tests.helpers.threads import crew, meet

if TYPE_CHECKING:
    from accounts.models import Customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create(timezone="America/Los_Angeles")


def test_two_workers_never_do_one_batch_twice(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 3)
    for _ in range(4):
        old_email(customer)
    start()
    meet(monkeypatch, batches, "_fill_batch")

    did = crew(lambda: batches.fill_next(now=NOON), workers=2)

    row = Backfill.objects.get(name=NAME)
    assert (sorted(did), row.done, counted_on.left().count()) == ([False, True], 3, 1)


def test_a_row_in_somebodys_hand_is_not_waited_for(customer: Customer) -> None:
    held, free = old_email(customer), old_email(customer)
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn) as writer:
        writer.execute("UPDATE agents_message SET error = 'x' WHERE id = %s", [held.pk])

        with transaction.atomic():
            first = counted_on.fill([held.pk, free.pk])

    with transaction.atomic():
        second = counted_on.fill([held.pk, free.pk])
    assert (first, second) == (1, 1)
    assert Message.objects.get(pk=held.pk).error == "x"
