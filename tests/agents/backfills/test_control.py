"""Pause and continue: in the service, in the console and on the command line."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.urls import reverse

from accounts.models import AuditEvent, User
from agents.backfills.definitions import DEFINITIONS
from agents.backfills.errors import BackfillNotDone, NoSuchBackfill
from agents.backfills.selectors import list_progress
from agents.backfills.services import batches, control
from agents.backfills.services.operations import RequireBackfill
from agents.models import Backfill
from agents.states import BackfillStatus
from hossagent.management.commands.doctor import Verdict, examine
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.backfills import NAME, old_email, start

if TYPE_CHECKING:
    import pytest_django

    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

MINUTE = timedelta(minutes=1)


def status() -> str:
    return Backfill.objects.get(name=NAME).status


def test_a_paused_backfill_rests_until_it_is_continued() -> None:
    old_email(CustomerFactory.create())
    start()

    paused = control.pause(NAME, by="hoss@x.test", now=NOON)
    rests = batches.fill_next(now=NOON)
    resumed = control.resume(NAME, by="hoss@x.test", now=NOON)
    while batches.fill_next(now=NOON):
        pass

    assert (paused, rests, resumed, status()) == (True, False, True, "done")
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "actor")) == [
        ("backfill.pause", "hoss@x.test"),
        ("backfill.continue", "hoss@x.test"),
    ]


def test_the_second_word_changes_nothing() -> None:
    start()

    assert not control.resume(NAME, by="x", now=NOON)
    assert [control.pause(NAME, by="x", now=NOON) for _ in range(2)] == [True, False]
    assert AuditEvent.objects.count() == 1


def test_a_done_one_looks_for_rows_that_were_added_since() -> None:
    start()
    batches.fill_next(now=NOON)
    old_email(CustomerFactory.create())

    control.resume(NAME, by="x", now=NOON)
    while batches.fill_next(now=NOON):
        pass

    row = Backfill.objects.get(name=NAME)
    assert (row.status, row.done, row.total) == ("done", 1, 1)


def test_a_name_that_nobody_started_is_told() -> None:
    with pytest.raises(NoSuchBackfill, match="no backfill 'other'"):
        control.pause("other", by="x", now=NOON)


def test_the_rate_is_of_the_time_since_it_went_on() -> None:
    start()
    Backfill.objects.filter(name=NAME).update(
        total=1_000, done=400, done_at_resume=100, resumed_at=NOON - MINUTE
    )

    (progress,) = list_progress(now=NOON)

    assert (progress.rate, progress.time_left) == (5.0, timedelta(minutes=2))


@pytest.mark.parametrize("state", ["running", "paused", "failed"])
def test_a_migration_that_needs_it_refuses(state: str) -> None:
    start()
    if state != "running":
        Backfill.objects.filter(name=NAME).move(
            source=BackfillStatus.RUNNING, target=state, due_at=None
        )
    editor = connection.schema_editor()

    with pytest.raises(BackfillNotDone) as told:
        RequireBackfill(NAME).database_forwards("agents", editor, ProjectState(), ProjectState())

    assert str(told.value) == (
        f"The backfill {NAME} is {state}, and this migration needs it done. "
        f"Run `manage.py backfills --run {NAME}`, then `manage.py migrate` again."
    )


def test_a_migration_goes_on_when_it_is_done() -> None:
    start()
    batches.fill_next(now=NOON)
    editor = connection.schema_editor()

    RequireBackfill(NAME).database_forwards("agents", editor, ProjectState(), ProjectState())

    assert status() == "done"


def test_a_migration_refuses_rows_that_were_added_since() -> None:
    """Workers of the version before go on adding rows after it was done."""
    start()
    batches.fill_next(now=NOON)
    old_email(CustomerFactory.create())
    editor = connection.schema_editor()

    with pytest.raises(BackfillNotDone) as told:
        RequireBackfill(NAME).database_forwards("agents", editor, ProjectState(), ProjectState())
    say(run=NAME)
    RequireBackfill(NAME).database_forwards("agents", editor, ProjectState(), ProjectState())

    assert str(told.value) == (
        f"The backfill {NAME} was done, and rows without a value were added since. "
        f"Run `manage.py backfills --run {NAME}`, then `manage.py migrate` again."
    )


def test_every_definition_has_its_own_name() -> None:
    assert list(DEFINITIONS) == [definition.name for definition in DEFINITIONS.values()]


def test_the_console_shows_progress_and_two_buttons(operator_client: SiteClient) -> None:
    start()
    Backfill.objects.filter(name=NAME).update(total=1_000, done=400)
    page = operator_client.get("/admin/").content.decode()

    operator_client.post(reverse("admin:pause_backfill", args=[NAME]))
    paused = status()
    operator_client.post(reverse("admin:continue_backfill", args=[NAME]))

    assert 'max="1000" value="400"' in page
    assert (paused, status()) == ("paused", "running")
    actions = AuditEvent.objects.order_by("pk").values_list("action", "actor")
    assert list(actions) == [
        ("backfill.pause", "hoss@hossagent.test"),
        ("backfill.continue", "hoss@hossagent.test"),
    ]


def test_without_the_permission_there_is_no_button(operator_client: SiteClient) -> None:
    start()
    User.objects.filter(is_staff=True).update(is_superuser=False)
    pause = reverse("admin:pause_backfill", args=[NAME])

    page = operator_client.get("/admin/").content.decode()

    assert ("Backfills</h2>" in page, pause in page) == (True, False)
    assert operator_client.post(pause).status_code == 403
    assert status() == "running"


def test_a_button_for_no_backfill_is_not_found(operator_client: SiteClient) -> None:
    posts = [reverse(f"admin:{verb}_backfill", args=["other"]) for verb in ("pause", "continue")]

    assert [operator_client.post(url).status_code for url in posts] == [404, 404]


def say(**options: str) -> str:
    out = io.StringIO()
    call_command("backfills", stdout=out, **options)
    return out.getvalue()


def test_the_command_pauses_continues_and_runs_to_the_end() -> None:
    old_email(CustomerFactory.create())
    start()

    said = [say(pause=NAME), say(pause=NAME), say(resume=NAME), say(resume=NAME)]
    ran = say(run=NAME)

    assert said == [
        f"{NAME} is paused.\n",
        f"{NAME} is not running.\n",
        f"{NAME} goes on.\n",
        f"{NAME} is running already.\n",
    ]
    assert ran.endswith(f"{NAME} is done: 1 row.\n")
    assert (status(), "1 of 1" in say()) == ("done", True)


def test_the_list_shows_an_error_as_it_is() -> None:
    start()
    Backfill.objects.filter(name=NAME).update(error="[/b] [red]x")

    assert "[/b] [red]x" in " ".join(say().split())


def test_the_command_knows_no_other_name() -> None:
    with pytest.raises(CommandError, match="There is no backfill 'other'"):
        say(run="other")


def test_the_command_does_not_wait_for_what_it_cannot_fill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start()
    monkeypatch.delitem(DEFINITIONS, NAME)

    with pytest.raises(CommandError) as told:
        say(run=NAME)

    assert str(told.value) == (
        f"This version does not know how to fill {NAME}. Run it with the version that started it."
    )


def test_the_doctor_names_the_backfill_that_an_upgrade_needs(
    settings: pytest_django.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = type("Migration", (Migration,), {"operations": [RequireBackfill(NAME)]})
    contract = needs("0099_contract", "agents")
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [(contract, False)])

    (found,) = [one for one in examine(settings.CONFIG, now=NOON) if one.subject == "database"]

    assert (found.verdict, found.fix) == (
        Verdict.MISSING,
        f"Once done: {NAME} (`manage.py backfills`). Run `manage.py migrate`.",
    )


def test_the_doctor_tells_of_open_ones(settings: pytest_django.Settings) -> None:
    def found() -> tuple[Verdict, str] | None:
        findings = {one.subject: one for one in examine(settings.CONFIG, now=NOON)}
        one = findings.get("backfills")
        return (one.verdict, one.says) if one else None

    Backfill.objects.filter(name=NAME).delete()
    none = found()
    start()
    running = found()
    control.pause(NAME, by="x", now=NOON)

    assert none is None
    assert running == (Verdict.NOTE, f"{NAME} is running: 0 rows done")
    assert found() == (Verdict.WARNING, f"{NAME} is paused: 0 rows done")


def test_the_command_prints_a_name_that_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow terminal as well: the other commands take it."""
    monkeypatch.setenv("COLUMNS", "60")
    start()
    out = io.StringIO()

    call_command("backfills", stdout=out)

    assert re.findall(r"^│ (\S+)", out.getvalue(), re.MULTILINE) == [NAME]
