"""Insert many rows where some may exist already, and learn which of them were new.

Django's `bulk_create(ignore_conflicts=True)` says neither which rows it made nor their
ids. On Postgres one set-based statement answers both; it was measured at twice that speed
(docs/lead_import.md). On SQLite the caller holds the only write lock, so it looks first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def insert_ignoring_conflicts(
    model: type[models.Model],
    *,
    constants: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]],
    returning: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Insert row after row, skipping those that a unique constraint refuses. Postgres only.

    `columns` holds the values field by field, `constants` those that are the same in all
    rows; any other field takes its default. Answers ("id", *returning) of the rows made,
    in the order in which they were given: of two rows that exclude each other within one
    call, the first is made.
    """
    quote = connection.ops.quote_name
    names, selected, parameters, arrays = [], [], [], []
    for field in _insertable(model):
        names.append(quote(field.column))
        kind = str(field.db_type(connection))
        if field.attname in columns:
            arrays.append((field, kind, columns[field.attname]))
            selected.append(f"u.{quote(field.column)}")
        else:
            value = constants.get(field.attname, field.get_default())
            selected.append(f"%s::{kind}")
            parameters.append(field.get_db_prep_save(value, connection))
    for field, _, values in arrays:
        parameters.append(_prepared(field, values))
    unnested = ", ".join(f"%s::{_array_kind(field, kind)}" for field, kind, _ in arrays)
    aliases = ", ".join(quote(field.column) for field, _, _ in arrays)
    table = quote(model._meta.db_table)  # noqa: SLF001 # Django's documented _meta API
    answer = ", ".join(quote(name) for name in ("id", *returning))
    sql = (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(selected)} "  # noqa: S608 # names come from the model
        f"FROM unnest({unnested}) AS u({aliases}) ON CONFLICT DO NOTHING RETURNING {answer}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [tuple(row) for row in cursor.fetchall()]


def _insertable(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 # Django's documented _meta API


def _array_kind(field: models.Field[Any, Any], kind: str) -> str:
    # JSON travels as text and is parsed by the server: an array of JSON costs more.
    return (
        "text[]::jsonb[]"
        if isinstance(field, models.JSONField)
        else f"{kind.split('(', maxsplit=1)[0]}[]"
    )


def _prepared(field: models.Field[Any, Any], values: Sequence[Any]) -> list[Any]:
    if isinstance(field, models.JSONField):
        return [json.dumps(value, separators=(",", ":")) for value in values]
    return list(values)
