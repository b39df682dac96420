"""What `up` shows while it brings the database up to date."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from rich.console import Console

from hossagent.management.commands import migrate, up
from tests.factories import MessageFactory


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_what_migrate_announces_is_shown_beside_its_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    MessageFactory.create_batch(2)
    call_command("migrate", "agents", "0010", verbosity=0)
    monkeypatch.setattr(migrate, "_rebuilds", lambda _: iter([(None, ["agents_message"])]))
    monkeypatch.setattr(migrate, "_time_to_rebuild", lambda _: "[/x] minutes")
    steps = len(up._pending())
    out = io.StringIO()

    up._migrate(Console(file=out, width=120))

    first, *told, _bar, last = out.getvalue().splitlines()
    assert first == f"Preparing the database: {steps} steps."
    assert told == [
        "The table agents_message will be written anew: 2 rows, [/x] minutes.",
        "Nothing else may use the database meanwhile: stop any other HossAgent first.",
    ]
    assert last.startswith("The tables took ")
