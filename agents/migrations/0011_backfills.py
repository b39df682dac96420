from __future__ import annotations

from django.db import migrations, models

from agents.backfills.services.operations import StartBackfill
from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0010_persona_chosen_later"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backfill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("cursor", models.BigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(blank=True, null=True)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("done_in_pass", models.PositiveBigIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("started_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField()),
                ("done_at_resume", models.PositiveBigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="agents_backfill_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["running", "paused", "done", "failed"])),
                        name="agents_backfill_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(status="running", due_at__isnull=False)
                        | (~models.Q(status="running") & models.Q(due_at=None)),
                        name="agents_backfill_running_is_due",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(status="done", finished_at__isnull=False)
                        | (~models.Q(status="done") & models.Q(finished_at=None)),
                        name="agents_backfill_done_is_finished",
                    ),
                ],
            },
        ),
        EnforceTransitions(
            model_name="backfill",
            pairs=[
                ("done", "running"),
                ("failed", "running"),
                ("paused", "running"),
                ("running", "done"),
                ("running", "failed"),
                ("running", "paused"),
            ],
        ),
        StartBackfill("message_counted_on", model_name="message"),
    ]
