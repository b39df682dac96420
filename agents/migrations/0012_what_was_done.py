"""What loops did and what was sent, added up, so that /metrics need not count all rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nothing has been added up yet; the hourly loop does it the first time it runs."""
    apps.get_model("agents", "SendTotals").objects.get_or_create(
        pk=1, defaults={"counted_until": datetime(2000, 1, 1, tzinfo=UTC)}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_failed_outbox_index"),
        ("agents", "0011_backfills"),
    ]

    operations = [
        migrations.CreateModel(
            name="SendTotals",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counted_until", models.DateTimeField()),
                ("live_sent", models.PositiveBigIntegerField(default=0)),
                ("live_failed", models.PositiveBigIntegerField(default=0)),
                ("dry_run_written", models.PositiveBigIntegerField(default=0)),
                ("dry_run_failed", models.PositiveBigIntegerField(default=0)),
                ("live_slots", models.PositiveBigIntegerField(default=0)),
                ("dry_run_slots", models.PositiveBigIntegerField(default=0)),
                ("sandbox_slots", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="agents_send_totals_one_row"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="busy_seconds",
            field=models.FloatField(db_default=0.0, default=0.0),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="failures",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="rows_done",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="runs",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(create_row, migrations.RunPython.noop),
    ]
