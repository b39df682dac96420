"""Every status table is written into the database: whoever updates, no forbidden move."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import OutboxMail
from agents.models import Answer, Backfill, Conversation, InboundMessage, Lead, Message, Task
from billing.models import BillingEvent, Checkout, Invoice
from hossagent.lib.transitions import IllegalTransition

STATEFUL = [
    OutboxMail,
    Invoice,
    Lead,
    Message,
    Conversation,
    InboundMessage,
    Task,
    BillingEvent,
    Checkout,
    Answer,
    Backfill,
]


def trigger_allows(model: Any, source: str, target: str) -> bool:
    """Ask the trigger itself, on a scratch copy of the table without its constraints."""
    table, scratch = model._meta.db_table, "scratch_states"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {scratch} (status varchar(20))")
        try:
            if connection.vendor == "sqlite":
                cursor.execute(
                    "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                    [table],
                )
                ddl = cursor.fetchone()[0]
                name = ddl.split('"')[1]
                ddl = ddl.replace(f'"{name}"', "scratch_trigger").replace(f'"{table}"', scratch)
                ddl = ddl.replace("CREATE TRIGGER", "CREATE TEMPORARY TRIGGER")
            else:
                cursor.execute(
                    "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
                    "WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                    [table],
                )
                ddl = cursor.fetchone()[0].replace(f"ON public.{table}", f"ON {scratch}")
            cursor.execute(ddl.replace("%", "%%") if "%" in ddl else ddl)
            cursor.execute(f"INSERT INTO {scratch} VALUES (%s)", [source])
            try:
                with transaction.atomic():
                    cursor.execute(f"UPDATE {scratch} SET status = %s", [target])
            except DatabaseError:
                return False
            return True
        finally:
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("model", STATEFUL, ids=lambda model: model.__name__)
def test_the_database_allows_exactly_what_the_table_allows(model: Any) -> None:
    statuses = model.transitions.states.values
    moves = [(s, t) for s, t in product(statuses, statuses) if s != t]

    allowed = [move for move in moves if trigger_allows(model, *move)]

    assert sorted(allowed) == model.transitions.pairs()


@pytest.mark.django_db
@pytest.mark.parametrize("model", STATEFUL, ids=lambda model: model.__name__)
def test_move_refuses_what_the_table_forbids(model: Any) -> None:
    table = model.transitions
    statuses = table.states.values
    forbidden = [m for m in product(statuses, statuses) if not table.allows(*m)]

    for source, target in forbidden:
        with pytest.raises(IllegalTransition):
            model.objects.move(source=source, target=target)
