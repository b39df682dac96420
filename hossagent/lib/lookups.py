"""`name__among=[…]`: a query for many keys that takes one parameter, however many they are."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class Among(models.Lookup):  # type: ignore[type-arg] # generic in the stubs alone
    """Like `in`, for texts and whole numbers. `in` has a parameter for each value, and the
    database is slow with many of them."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        listed = json.dumps(sorted(self.rhs))
        if connection.vendor == "postgresql" and isinstance(
            self.lhs.output_field, models.IntegerField
        ):
            # JSON's list of numbers is an array's but for the brackets.
            sql, listed = f"{column} = ANY (%s::bigint[])", f"{{{listed[1:-1]}}}"
        elif connection.vendor == "postgresql":
            sql = f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(%s::jsonb)))"
        else:
            sql = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 # a column of ours
        return sql, (*params, listed)
