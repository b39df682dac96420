"""The one row of operator switches exists from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("agents", "SystemSettings").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("agents", "0002_enforce_transitions")]

    operations = [migrations.RunPython(create_row, migrations.RunPython.noop)]
