"""Migrations after the first release keep the rules of docs/developing/recipes/
change_a_large_table.md, and those of released versions never change."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from agents.backfills.services.operations import StartBackfill
from hossagent.config import BASE_DIR
from tests.meta.migration_rules import judge_operations, operations_of
from tests.meta.migration_samples import BAD, GOOD, Sample
from tests.meta.migration_sql import judge_postgres, judge_sqlite

if TYPE_CHECKING:
    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

APPS = ("accounts", "billing", "agents")
# By version: the files that were released with it, and their SHA-256.
RELEASED: dict[str, dict[str, str]] = tomllib.loads(
    (BASE_DIR / "tests" / "meta" / "released_migrations.toml").read_text("utf-8")
)
FROZEN = {path: digest for files in RELEASED.values() for path, digest in files.items()}


@cache
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def path_of(migration: Migration) -> str:
    return f"{migration.app_label}/migrations/{migration.name}.py"


def of_ours() -> list[Migration]:
    disk = loader().disk_migrations
    return [disk[key] for key in sorted(disk) if key[0] in APPS]


NEW = [migration for migration in of_ours() if path_of(migration) not in FROZEN]


def started() -> set[str]:
    """The backfills of released versions."""
    return {
        operation.name
        for migration in of_ours()
        if path_of(migration) in FROZEN
        for operation in operations_of(migration)
        if isinstance(operation, StartBackfill)
    }


def notes() -> str:
    """What operators read before they upgrade."""
    pages = [BASE_DIR / "CHANGELOG.md", BASE_DIR / "docs" / "operate" / "upgrading.md"]
    return "\n".join(page.read_text("utf-8") for page in pages if page.exists())


@cache
def leaf_state() -> ProjectState:
    """Every table of ours as it is now, and those that ours point at."""
    state: ProjectState = loader().project_state()
    needed = {*APPS, "auth", "contenttypes"}
    for key in [key for key in state.models if key[0] not in needed]:
        state.remove_model(*key)
    state.apps.get_models()  # made once here, instead of for every sample
    return state


def judge(migration: Migration, before: ProjectState, *, of: set[str], said: str) -> list[str]:
    """Every rule that it breaks, on the database of this run and on SQLite."""
    broken = judge_operations(migration, started=of)
    broken += judge_sqlite(migration, before, notes=said)
    if connection.vendor == "postgresql":
        broken += judge_postgres(migration, before, released=list(RELEASED))
    return sorted(broken)


# --- ours ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("migration", NEW, ids=path_of)
def test_a_new_migration_breaks_no_rule(migration: Migration) -> None:
    key = (migration.app_label, migration.name)
    before = loader().project_state(key, at_end=False)

    assert judge(migration, before, of=started(), said=notes()) == []


def test_released_migrations_never_change() -> None:
    now = {
        path: hashlib.sha256((BASE_DIR / path).read_bytes()).hexdigest()
        for path in FROZEN
        if (BASE_DIR / path).exists()
    }

    assert now == FROZEN


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_one_last_migration(app: str) -> None:
    assert len(loader().graph.leaf_nodes(app)) == 1


# --- the rules themselves ------------------------------------------------------------


def only_here(sample: Sample) -> list[str]:
    """What the rules say on the database of this run."""
    on = {"any", "sqlite"} | ({"postgres"} if connection.vendor == "postgresql" else set())
    return sorted(rule for rule, database in sample.breaks.items() if database in on)


@pytest.mark.django_db
@pytest.mark.parametrize("sample", BAD, ids=lambda sample: sample.does)
def test_a_bad_migration_is_caught(sample: Sample) -> None:
    migration = sample.migration(leaf=loader().graph.leaf_nodes("agents")[0])

    broken = judge(migration, leaf_state(), of={"phones"}, said=sample.notes)

    assert broken == only_here(sample)


@pytest.mark.django_db
@pytest.mark.parametrize("sample", GOOD, ids=lambda sample: sample.does)
def test_a_good_migration_passes(sample: Sample) -> None:
    migration = sample.migration(leaf=loader().graph.leaf_nodes("agents")[0])

    broken = judge(migration, leaf_state(), of={"phones"}, said=sample.notes)

    assert broken == []


def test_every_rule_has_a_sample() -> None:
    text = "".join(
        (BASE_DIR / "tests" / "meta" / name).read_text("utf-8")
        for name in ("migration_rules.py", "migration_sql.py")
    )
    named: set[Any] = {rule for sample in BAD for rule in sample.breaks}

    assert [rule for rule in named if f'"{rule}"' not in text] == []
