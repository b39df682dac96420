"""Uploads in the background, and a lead list that can be searched."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_tell_cycles_from_follow_ups"),
        ("agents", "0010_lead_research"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("rows", models.JSONField(help_text="[row number, cells, problem] of each row.")),
                (
                    "results",
                    models.JSONField(
                        blank=True, help_text="[outcome, lead, detail] each.", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("uploaded_by", models.CharField(max_length=254)),
                ("uploaded_at", models.DateTimeField()),
                ("header", models.JSONField(default=list)),
                ("has_header", models.BooleanField(default=True)),
                (
                    "columns",
                    models.JSONField(blank=True, default=dict, help_text="Field → column number."),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("next_chunk", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("duplicate", models.PositiveIntegerField(default=0)),
                ("suppressed", models.PositiveIntegerField(default=0)),
                ("invalid", models.PositiveIntegerField(default=0)),
                ("over_allowance", models.PositiveIntegerField(default=0)),
                ("quality", models.JSONField(blank=True, default=dict)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["customer", "email_key"],
                name="agents_lead_search_email",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["customer", "company_key"],
                name="agents_lead_search_company",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="import_jobs",
                to="accounts.customer",
            ),
        ),
        migrations.AddField(
            model_name="importchunk",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chunks",
                to="agents.importjob",
            ),
        ),
        migrations.AddIndex(
            model_name="importjob",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="agents_import_due",
            ),
        ),
        migrations.AddIndex(
            model_name="importjob",
            index=models.Index(fields=["customer", "-id"], name="agents_import_newest"),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("finished_at", None), ("due_at", None), _connector="OR"),
                name="agents_import_finished_is_not_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="importjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "done",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("created"), "+", models.F("duplicate")
                                    ),
                                    "+",
                                    models.F("suppressed"),
                                ),
                                "+",
                                models.F("invalid"),
                            ),
                            "+",
                            models.F("over_allowance"),
                        ),
                    )
                ),
                name="agents_import_counts_add_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="importchunk",
            constraint=models.UniqueConstraint(
                fields=("job", "number"), name="agents_import_chunk_once"
            ),
        ),
    ]
