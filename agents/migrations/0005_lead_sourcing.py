"""What is known of an address, how far each provider got, and leads by status."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_enforce_transitions"),
        ("agents", "0004_hold_tasks_and_meter_the_writer"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceProgress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40)),
                (
                    "query",
                    models.CharField(help_text="Niche and geography, lower case.", max_length=420),
                ),
                (
                    "cursor",
                    models.CharField(
                        blank=True, help_text="The provider's own words.", max_length=500
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("OK", "Ok"),
                            ("API_ERROR", "Api Error"),
                            ("NO_CREDS", "No Creds"),
                        ],
                        default="OK",
                        max_length=10,
                    ),
                ),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("next_look_at", models.DateTimeField(blank=True, null=True)),
                ("is_exhausted", models.BooleanField(default=False)),
            ],
        ),
        migrations.RemoveField(
            model_name="profile",
            name="source_cursor",
        ),
        migrations.AddField(
            model_name="lead",
            name="address_check",
            field=models.CharField(
                choices=[
                    ("unverified", "Unverified"),
                    ("deliverable", "Deliverable"),
                    ("risky", "Risky"),
                    ("undeliverable", "Undeliverable"),
                ],
                default="unverified",
                max_length=13,
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="address_flags",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["customer", "status", "-id"], name="agents_lead_by_status"),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("address_check__in", ["unverified", "deliverable", "risky", "undeliverable"])
                ),
                name="agents_lead_address_check",
            ),
        ),
        migrations.AddField(
            model_name="sourceprogress",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceprogress",
            constraint=models.UniqueConstraint(
                fields=("customer", "provider"), name="agents_source_progress_once"
            ),
        ),
        # SQLite rebuilds the table for a new constraint, and drops its trigger with it.
        EnforceTransitions(
            model_name="lead",
            pairs=[
                ("bounced", "closed"),
                ("bounced", "invalid"),
                ("bounced", "qualified"),
                ("bounced", "replied"),
                ("bounced", "unsubscribed"),
                ("closed", "qualified"),
                ("closed", "replied"),
                ("closed", "unsubscribed"),
                ("contacted", "bounced"),
                ("contacted", "closed"),
                ("contacted", "email_failed"),
                ("contacted", "invalid"),
                ("contacted", "qualified"),
                ("contacted", "replied"),
                ("contacted", "unsubscribed"),
                ("converted", "unsubscribed"),
                ("email_failed", "bounced"),
                ("email_failed", "closed"),
                ("email_failed", "invalid"),
                ("email_failed", "new"),
                ("email_failed", "qualified"),
                ("email_failed", "replied"),
                ("email_failed", "unsubscribed"),
                ("invalid", "closed"),
                ("invalid", "new"),
                ("new", "bounced"),
                ("new", "closed"),
                ("new", "contacted"),
                ("new", "email_failed"),
                ("new", "invalid"),
                ("new", "qualified"),
                ("new", "replied"),
                ("new", "unsubscribed"),
                ("qualified", "closed"),
                ("qualified", "converted"),
                ("qualified", "invalid"),
                ("qualified", "unsubscribed"),
                ("replied", "bounced"),
                ("replied", "closed"),
                ("replied", "invalid"),
                ("replied", "qualified"),
                ("replied", "unsubscribed"),
            ],
        ),
    ]
