"""Reminders, what delivery reports say, answers, approvals and inbox cursors."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sign_in_and_console_sessions"),
        ("agents", "0005_lead_sourcing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("dry_run", "Dry Run"), ("live", "Live")], max_length=8
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                            ("dry_run", "Dry Run"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("written_by", models.CharField(max_length=254)),
                ("form_key", models.CharField(max_length=64)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message_id",
                    models.CharField(blank=True, help_text="RFC 5322, with <>.", max_length=200),
                ),
                ("in_reply_to", models.CharField(blank=True, max_length=250)),
                ("transport", models.CharField(blank=True, max_length=20)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ApprovalDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("approved", "Approved"),
                            ("edited", "Edited"),
                            ("skipped", "Skipped"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="InboxCursor",
            fields=[
                (
                    "mailbox",
                    models.CharField(
                        help_text="user@host/folder",
                        max_length=300,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("uid_validity", models.PositiveBigIntegerField(default=0)),
                ("last_uid", models.PositiveBigIntegerField(default=0)),
                ("newest_at", models.DateTimeField(blank=True, null=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.AddField(
            model_name="conversation",
            name="resume_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="taken_by",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="from_name",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="resume_on",
            field=models.DateField(blank=True, help_text="The date they named.", null=True),
        ),
        migrations.AddField(
            model_name="inboundmessage",
            name="status_code",
            field=models.CharField(blank=True, max_length=11),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("resume_at__isnull", False)),
                fields=["resume_at"],
                name="agents_conversation_resume",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(
                condition=models.Q(("status", "unmatched")),
                fields=["-received_at"],
                name="agents_inbound_unmatched",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(fields=["classifier_version"], name="agents_inbound_version"),
        ),
        migrations.AddConstraint(
            model_name="inboundmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_simulated", False), ("source", "sandbox"), _connector="OR"),
                name="agents_inbound_simulated_is_sandbox",
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="conversation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="agents.conversation",
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="accounts.customer",
            ),
        ),
        migrations.AddField(
            model_name="approvaldecision",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="decisions",
                to="accounts.customer",
            ),
        ),
        migrations.AddField(
            model_name="approvaldecision",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="decisions",
                to="agents.message",
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="agents_answer_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["queued", "sending", "sent", "failed", "unknown", "dry_run"])
                ),
                name="agents_answer_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                fields=("conversation", "form_key"), name="agents_answer_form_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("message_id", ""), _negated=True),
                fields=("message_id",),
                name="agents_answer_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("status__in", ["queued", "sending"])),
                    models.Q(
                        models.Q(("status__in", ["queued", "sending"]), _negated=True),
                        ("due_at", None),
                    ),
                    _connector="OR",
                ),
                name="agents_answer_open_is_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mode", "live"),
                    ("status__in", ["queued", "dry_run", "failed"]),
                    _connector="OR",
                ),
                name="agents_answer_dry_run_never_leaves",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["sending", "sent", "unknown"]), _negated=True),
                    models.Q(("message_id", ""), _negated=True),
                    _connector="OR",
                ),
                name="agents_answer_leaves_with_id",
            ),
        ),
        migrations.AddIndex(
            model_name="approvaldecision",
            index=models.Index(fields=["customer", "-id"], name="agents_approval_newest"),
        ),
        migrations.AddConstraint(
            model_name="approvaldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["approved", "edited", "skipped"])),
                name="agents_approval_outcome",
            ),
        ),
        EnforceTransitions(
            model_name="answer",
            pairs=[
                ("queued", "dry_run"),
                ("queued", "failed"),
                ("queued", "sending"),
                ("sending", "failed"),
                ("sending", "sent"),
                ("sending", "unknown"),
                ("unknown", "failed"),
                ("unknown", "sent"),
            ],
        ),
        # SQLite builds these tables anew for a new column; their triggers went with them.
        EnforceTransitions(
            model_name="conversation",
            pairs=[
                ("closed", "human"),
                ("closed", "open"),
                ("human", "closed"),
                ("human", "open"),
                ("open", "closed"),
                ("open", "human"),
            ],
        ),
        EnforceTransitions(
            model_name="inboundmessage",
            pairs=[
                ("pending", "processed"),
                ("pending", "unmatched"),
                ("processed", "pending"),
                ("unmatched", "pending"),
                ("unmatched", "processed"),
            ],
        ),
    ]
