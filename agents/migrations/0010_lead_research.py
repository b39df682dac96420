"""Research of a lead's own web site, and the reasons of those who did not fit."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sign_in_and_console_sessions"),
        ("agents", "0009_pack_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="RejectedCandidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=500)),
            ],
        ),
        migrations.AddField(
            model_name="lead",
            name="research_attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="lead",
            name="research_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lead",
            name="research_result",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("research_due_at__isnull", False)),
                fields=["research_due_at"],
                name="agents_lead_research_due",
            ),
        ),
        migrations.AddField(
            model_name="rejectedcandidate",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.customer",
            ),
        ),
        migrations.AddField(
            model_name="rejectedcandidate",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rejections",
                to="agents.leadsourcerun",
            ),
        ),
        migrations.AddIndex(
            model_name="rejectedcandidate",
            index=models.Index(fields=["customer", "-id"], name="agents_rejected_newest"),
        ),
        # SQLite rebuilds the table for a new column, and drops its trigger with it.
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
