"""The parts of the state machine that every table shares."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import OperationWriter

from hossagent.lib.transitions import EnforceTransitions, IllegalTransition, Transitions


class Light(models.TextChoices):
    RED = "red"
    GREEN = "green"
    DARK = "dark"


LIGHTS = Transitions(
    Light,
    {Light.RED: [Light.GREEN], Light.GREEN: [Light.RED, Light.DARK], Light.DARK: []},
    initial=[Light.RED],
)
PAIRS = [("green", "dark"), ("green", "red"), ("red", "green")]


def test_a_table_answers_what_may_follow() -> None:
    assert LIGHTS.pairs() == PAIRS
    assert LIGHTS.terminal == {"dark"}
    assert LIGHTS.sources(Light.DARK) == ["green"]
    assert (LIGHTS.allows("red", "green"), LIGHTS.allows("red", "dark")) == (True, False)
    with pytest.raises(IllegalTransition, match="Light: red → dark"):
        LIGHTS.check(Light.RED, Light.DARK)


def test_a_table_that_forgets_a_state_is_refused() -> None:
    with pytest.raises(ValueError, match="Light: table and states differ"):
        Transitions(Light, {Light.RED: [Light.GREEN], Light.GREEN: []}, initial=[Light.RED])


def test_a_migration_writes_the_operation_as_it_is() -> None:
    operation = EnforceTransitions("light", PAIRS)

    assert operation.describe() == "Enforce the transitions of light.status"
    text, imports = OperationWriter(operation, indentation=0).serialize()
    assert "'green', 'dark'" in text
    assert imports == {"import hossagent.lib.transitions"}


@pytest.mark.django_db(transaction=True)
def test_the_trigger_comes_and_goes_with_its_migration() -> None:
    state = ProjectState()
    state.add_model(
        ModelState(
            "agents",
            "Light",
            [("id", models.AutoField(primary_key=True)), ("status", models.CharField())],
        )
    )
    model = state.apps.get_model("agents", "Light")
    enforce = EnforceTransitions("light", PAIRS)
    with connection.schema_editor(atomic=True) as editor:
        editor.create_model(model)
        enforce.database_forwards("agents", editor, state, state)
    try:
        row = model._default_manager.create(status="red")
        rows = model._default_manager.filter(pk=row.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(status="dark")
        rows.update(status="green")

        with connection.schema_editor(atomic=True) as editor:
            enforce.database_backwards("agents", editor, state, state)
        rows.update(status="red")
        rows.update(status="dark")
    finally:
        with connection.schema_editor(atomic=True) as editor:
            editor.delete_model(model)
