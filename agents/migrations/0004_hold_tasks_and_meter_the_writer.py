"""A reason for waiting tasks, the week last reported, and what the writer spends."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_enforce_transitions"),
        ("agents", "0003_system_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="reported_week",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name="task",
            name="held_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.CreateModel(
            name="WriterSpend",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("micros", models.PositiveBigIntegerField(default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="writer_spends",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "day"), name="agents_writer_spend_once"
                    )
                ],
            },
        ),
        # SQLite rebuilds the table for a new column, and drops its trigger with it.
        EnforceTransitions(
            model_name="task",
            pairs=[
                ("failed", "pending"),
                ("pending", "failed"),
                ("pending", "running"),
                ("running", "done"),
                ("running", "failed"),
                ("running", "pending"),
            ],
        ),
    ]
