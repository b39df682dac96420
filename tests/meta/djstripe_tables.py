"""Makes dj-stripe's tables in the database at DATABASE_URL and prints what they are.

    python -m tests.meta.djstripe_tables [chain]

With `chain`, by dj-stripe's own migrations; else as the product makes them.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django


def describe() -> dict[str, Any]:
    """Every table with its columns, and its constraints and indexes without their names."""
    from django.db import connection  # noqa: PLC0415 # django.setup() comes first

    look = connection.introspection
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(look.table_names(cursor)):
            if not table.startswith("djstripe_"):
                continue
            columns = look.get_table_description(cursor, table)
            constraints = look.get_constraints(cursor, table).values()
            found[table] = {
                "columns": sorted(
                    [c.name, str(c.type_code), c.display_size, c.precision, c.null_ok, c.default]
                    for c in columns
                ),
                "constraints": sorted(
                    json.dumps({key: rule[key] for key in sorted(rule)}, default=str)
                    for rule in constraints
                ),
            }
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415 # likewise
    from django.core.management import call_command  # noqa: PLC0415 # likewise
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415 # likewise

    if "chain" in sys.argv:
        settings.MIGRATION_MODULES = {}
    call_command("migrate", "djstripe", verbosity=0)
    recorded = MigrationRecorder.Migration.objects.filter(app="djstripe")
    names = sorted(recorded.values_list("name", flat=True))
    json.dump({"tables": describe(), "recorded": names}, sys.stdout)


if __name__ == "__main__":
    main()
