"""Insert many rows where some may exist already, and learn which of them were new.

Django's `bulk_create(ignore_conflicts=True)` says neither which rows it made nor their
ids. One statement for all rows answers both. The rows travel as one JSON parameter, or,
when there are many on Postgres, by COPY into a temporary table: a parameter for each value
would cost as much as storing it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Up to so many rows, one JSON parameter costs Postgres less than making a table for COPY.
_FEW = 200
# Rows encoded at a time, so that the server reads some while the next ones are encoded.
_PIECE = 500
_STAGING = "staged_rows"
# COPY's text format: what stands for itself in no value (PostgreSQL, "COPY", text format).
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of the model: its values row by row, or the one that all rows share."""

    field: models.Field[Any, Any]
    values: Sequence[Any] | None
    shared: Any = None

    @property
    def name(self) -> str:
        return connection.ops.quote_name(self.field.column)

    @property
    def kind(self) -> str:
        return str(self.field.db_type(connection))

    @property
    def loose_kind(self) -> str:
        """The type without a length: a cast to varchar(9) would cut what must be refused."""
        return self.kind.partition("(")[0]

    def prepared(self, value: Any) -> Any:
        return self.field.get_db_prep_save(value, connection)


def insert_ignoring_conflicts(
    model: type[models.Model],
    *,
    constants: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]],
    returning: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Insert row after row, skipping those that a unique constraint refuses.

    `columns` holds the values field by field, at least one, all of one length;
    `constants` those that are the same in all rows; any other field takes its default.
    Answers ("id", *returning) of the rows made: of two rows that exclude each other within
    one call, the first is made. Call it in a transaction: on Postgres the staged rows
    live no longer than that.
    """
    count = len(next(iter(columns.values())))
    if not count:
        return []
    parts = [_column(field, constants, columns) for field in _insertable(model)]
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)}"  # noqa: SLF001 # Django's documented _meta API
    into += f" ({', '.join(part.name for part in parts)})"
    answer = ", ".join(connection.ops.quote_name(name) for name in ("id", *returning))
    if connection.vendor != "postgresql":
        insert = _by_json
    else:
        insert = _by_recordset if count <= _FEW else _by_copy
    return insert(parts, count, into=into, answer=answer)


def _insertable(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 # Django's documented _meta API


def _column(
    field: models.Field[Any, Any],
    constants: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]],
) -> _Column:
    """A value that all rows share travels once."""
    if field.attname not in columns:
        return _Column(field, None, constants.get(field.attname, field.get_default()))
    values = columns[field.attname]
    # The last value first: comparing them all, documents too, is seldom needed.
    if values[0] == values[-1] and values.count(values[0]) == len(values):
        return _Column(field, None, values[0])
    return _Column(field, values)


# --- Postgres --------------------------------------------------------------------------


def _by_copy(parts: list[_Column], count: int, *, into: str, answer: str) -> list[tuple[Any, ...]]:
    varying = [part for part in parts if part.values is not None]
    selected = ", ".join(
        f"%s::{part.loose_kind}" if part.values is None else f"s.{part.name}" for part in parts
    )
    shared = [part.prepared(part.shared) for part in parts if part.values is None]
    with connection.cursor() as cursor:
        if varying:
            source = f"{_STAGING} AS s"
            _stage(cursor, varying, count)
        else:
            source = f"generate_series(1, {count})"
        cursor.execute(
            f"{into} SELECT {selected} FROM {source} "  # noqa: S608 # names come from the model
            f"ON CONFLICT DO NOTHING RETURNING {answer}",
            shared,
        )
        made: list[tuple[Any, ...]] = cursor.fetchall()
        if varying:
            # A second call in this transaction may vary in other columns.
            cursor.execute(f"DROP TABLE {_STAGING}")
    return made


def _by_recordset(
    parts: list[_Column], count: int, *, into: str, answer: str
) -> list[tuple[Any, ...]]:
    varying = {part.name: part for part in parts if part.values is not None}
    selected = ", ".join(
        f"%s::{part.loose_kind}" if part.values is None else f"r.{part.name}" for part in parts
    )
    shared = [part.prepared(part.shared) for part in parts if part.values is None]
    if varying:
        names = [part.field.column for part in varying.values()]
        columns = [part.values or () for part in varying.values()]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        definitions = ", ".join(f"{name} {part.loose_kind}" for name, part in varying.items())
        source = f"jsonb_to_recordset(%s::jsonb) AS r({definitions})"
        shared.append(json.dumps(rows, default=str))
    else:
        source = f"generate_series(1, {count})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{into} SELECT {selected} FROM {source} "  # noqa: S608 # names come from the model
            f"ON CONFLICT DO NOTHING RETURNING {answer}",
            shared,
        )
        return list(cursor.fetchall())


def _stage(cursor: Any, varying: list[_Column], count: int) -> None:
    definitions = ", ".join(f"{part.name} {part.kind}" for part in varying)
    names = ", ".join(part.name for part in varying)
    cursor.execute(f"CREATE TEMPORARY TABLE {_STAGING} ({definitions}) ON COMMIT DROP")
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {_STAGING} ({names}) FROM STDIN") as copy,
    ):
        for piece in _pieces(varying, count):
            copy.write(piece)


def _pieces(varying: list[_Column], count: int) -> Iterator[str]:
    for start in range(0, count, _PIECE):
        encoded = [
            _encoded(part.field, part.values[start : start + _PIECE])
            for part in varying
            if part.values is not None
        ]
        yield "\n".join(map("\t".join, zip(*encoded, strict=True))) + "\n"


def _encoded(field: models.Field[Any, Any], values: Sequence[Any]) -> Sequence[str]:
    """The values in COPY's text format."""
    texts = _texts(field, values)
    known = [text for text in texts if text is not None] if None in texts else texts
    together = "\n".join(known)  # type: ignore[arg-type] # no None is left
    # Nearly always nothing needs an escape, which is seen at once for all of them.
    if together.count("\n") >= max(len(known), 1) or any(c in together for c in "\\\t\r"):
        return [_NULL if text is None else text.translate(_ESCAPES) for text in texts]
    return [_NULL if text is None else text for text in texts]


def _texts(field: models.Field[Any, Any], values: Sequence[Any]) -> Sequence[str | None]:
    if isinstance(field, models.CharField | models.TextField):
        return values
    if isinstance(field, models.JSONField):
        return [None if value is None else _compact(value) for value in values]
    return [None if value is None else str(value) for value in values]


# --- SQLite ----------------------------------------------------------------------------


def _by_json(parts: list[_Column], count: int, *, into: str, answer: str) -> list[tuple[Any, ...]]:
    varying = [part for part in parts if part.values is not None]
    positions = {part.name: position for position, part in enumerate(varying)}
    selected = ", ".join(
        "%s" if part.values is None else f"json_extract(r.value, '$[{positions[part.name]}]')"
        for part in parts
    )
    shared = [part.prepared(part.shared) for part in parts if part.values is None]
    columns = [[part.prepared(value) for value in part.values or ()] for part in varying]
    rows = json.dumps(list(zip(*columns, strict=True)) or [[]] * count, default=str)
    with connection.cursor() as cursor:
        # WHERE keeps the parser from taking ON CONFLICT for a join (SQLite, "UPSERT").
        cursor.execute(
            f"{into} SELECT {selected} FROM json_each(%s) AS r WHERE true "  # noqa: S608 # names come from the model
            f"ON CONFLICT DO NOTHING RETURNING {answer}",
            [*shared, rows],
        )
        return list(cursor.fetchall())
