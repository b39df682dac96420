"""What a migration may be made of, whichever database it runs on."""

from __future__ import annotations

import re
from types import CodeType
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState

from agents.backfills.services.operations import RequireBackfill, StartBackfill
from hossagent.lib.schema import OnlineMigration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.migrations import Migration
    from django.db.migrations.operations.base import Operation

# Models whose tables stay small whatever the customers do; Python may go over their rows.
_SMALL = {
    "backfill",
    "breaker",
    "heartbeat",
    "inboxcursor",
    "mailbox",
    "sendtotals",
    "systemsettings",
}
_OURS = [
    model
    for label in ("accounts", "billing", "agents")
    for model in apps.get_app_config(label).get_models()
]
SMALL_TABLES = {model._meta.db_table for model in _OURS if model._meta.model_name in _SMALL}
# The models of the others, and their tables.
_LARGE = {
    word
    for model in _OURS
    if model._meta.model_name not in _SMALL
    for word in (str(model._meta.model_name), model._meta.db_table)
}

_NAME = re.compile(r"\d{4}_[a-z][a-z0-9_]*[a-z0-9]")
# What Django calls a migration that nobody has named.
_UNNAMED = re.compile(r"\d{4}_(auto_|initial$|alter_|remove_\w+_and_|rename_|merge_)|_more$")


def operations_of(migration: Migration) -> Iterator[Operation]:
    """Every operation, also those inside another one."""

    def walk(operations: Any) -> Iterator[Operation]:
        for operation in operations:
            yield operation
            if isinstance(operation, SeparateDatabaseAndState):
                yield from walk(operation.database_operations)

    return walk(migration.operations)


def judge_operations(migration: Migration, *, started: Collection[str]) -> list[str]:
    """The rules that it breaks, sorted. `started` are the backfills of released versions."""
    operations = list(operations_of(migration))
    found = set()
    if not all(operation.reversible for operation in operations):
        found.add("no-way-back")
    if not _NAME.fullmatch(migration.name) or _UNNAMED.search(migration.name):
        found.add("not-named-by-what-it-does")
    if len([app for app, _ in migration.dependencies if app == migration.app_label]) != 1:
        found.add("not-linear")
    if migration.replaces or migration.run_before:
        found.add("not-linear")
    found |= set(_python_rules(operations))
    found |= set(_interruption_rules(migration, operations))
    found |= set(_backfill_rules(operations, started))
    return sorted(found)


def _python_rules(operations: list[Operation]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, RunPython):
            if _LARGE & set(_words_of(operation.code)):
                yield "python-over-a-large-table"
        elif not operation.reduces_to_sql:
            yield "cannot-be-read-as-sql"


def _interruption_rules(migration: Migration, operations: list[Operation]) -> Iterator[str]:
    """What is not one transaction begins again after an interruption."""
    if isinstance(migration, OnlineMigration):
        if not all(getattr(operation, "is_repeatable", False) for operation in operations):
            yield "cannot-be-repeated"
    elif not migration.atomic:
        yield "not-an-online-migration"


def _backfill_rules(operations: list[Operation], started: Collection[str]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, RequireBackfill) and operation.name not in started:
            yield "backfill-of-the-same-release"
        if isinstance(operation, StartBackfill) and operation.name in started:
            yield "backfill-started-twice"


def _words_of(function: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Every name and string in a function and in those that it calls, in lower case."""
    seen = set() if seen is None else seen
    code = getattr(function, "__code__", None)
    if code is None or id(code) in seen:
        return
    seen.add(id(code))
    for text in _words_of_code(code):
        yield from re.findall(r"\w+", text.lower())
        called = function.__globals__.get(text)
        if callable(called):
            yield from _words_of(called, seen)


def _words_of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _words_of_code(constant)
