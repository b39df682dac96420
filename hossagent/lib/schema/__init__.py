"""Changes of tables that run beside live work: the operations for migrations.

Django's own operations lock a table while they build or check. These do not on Postgres, and
do the plain thing on SQLite, where the product is stopped for a migration anyway.
`docs/developing/recipes/change_a_large_table.md` has an example over two releases.
"""

from __future__ import annotations

from hossagent.lib.schema.columns import AddForeignKeyOnline, SetNotNullOnline
from hossagent.lib.schema.constraints import (
    AddConstraintOnline,
    AddUniqueOnline,
    RemoveConstraintOnline,
    ValidateConstraint,
)
from hossagent.lib.schema.indexes import AddIndexOnline, RemoveIndexOnline
from hossagent.lib.schema.online import OnlineMigration

__all__ = [
    "AddConstraintOnline",
    "AddForeignKeyOnline",
    "AddIndexOnline",
    "AddUniqueOnline",
    "OnlineMigration",
    "RemoveConstraintOnline",
    "RemoveIndexOnline",
    "SetNotNullOnline",
    "ValidateConstraint",
]
