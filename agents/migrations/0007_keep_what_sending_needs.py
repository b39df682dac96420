"""Breakers, delivery events, domain checks, pace and ramp; a held mail may be given back."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_enforce_transitions"),
        ("agents", "0006_keep_what_replies_say"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("scope", models.CharField(help_text="'all', or 'customer:ID'.", max_length=270)),
                ("sentence", models.CharField(max_length=300)),
                ("numbers", models.JSONField(default=dict)),
                ("tripped_at", models.DateTimeField()),
                ("rearmed_at", models.DateTimeField(blank=True, null=True)),
                ("rearmed_by", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DeliveryEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=10)),
                ("external_id", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivered", "Delivered"),
                            ("deferred", "Deferred"),
                            ("bounced", "Bounced"),
                            ("soft_bounced", "Soft Bounced"),
                            ("complained", "Complained"),
                            ("dropped", "Dropped"),
                            ("unsubscribed", "Unsubscribed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("email", models.CharField(blank=True, max_length=254)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DomainCheck",
            fields=[
                ("domain", models.CharField(max_length=253, primary_key=True, serialize=False)),
                ("checked_at", models.DateTimeField()),
                (
                    "spf",
                    models.CharField(
                        choices=[("pass", "Pass"), ("fail", "Fail"), ("unknown", "Unknown")],
                        max_length=8,
                    ),
                ),
                (
                    "dkim",
                    models.CharField(
                        choices=[("pass", "Pass"), ("fail", "Fail"), ("unknown", "Unknown")],
                        max_length=8,
                    ),
                ),
                (
                    "dmarc",
                    models.CharField(
                        choices=[("pass", "Pass"), ("fail", "Fail"), ("unknown", "Unknown")],
                        max_length=8,
                    ),
                ),
                ("details", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                ("address", models.EmailField(max_length=254, primary_key=True, serialize=False)),
                ("next_send_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "mailboxes",
            },
        ),
        migrations.AddField(
            model_name="dailyquota",
            name="cycle_started_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dailyquota",
            name="cycle_used",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="dailyquota",
            name="limit",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="dailyquota",
            name="push_backs",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="delivery",
            field=models.CharField(
                blank=True,
                choices=[
                    ("delivered", "Delivered"),
                    ("deferred", "Deferred"),
                    ("bounced", "Bounced"),
                    ("soft_bounced", "Soft Bounced"),
                    ("complained", "Complained"),
                    ("dropped", "Dropped"),
                    ("unsubscribed", "Unsubscribed"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="delivery_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="profile",
            name="outreach_mode",
            field=models.CharField(
                blank=True, choices=[("dry_run", "Dry Run"), ("live", "Live")], max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="dailyquota",
            name="mode",
            field=models.CharField(
                choices=[("dry_run", "Dry Run"), ("live", "Live"), ("sandbox", "Sandbox")],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="hourlyquota",
            name="mode",
            field=models.CharField(
                choices=[("dry_run", "Dry Run"), ("live", "Live"), ("sandbox", "Sandbox")],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("replied_at__isnull", False)),
                fields=["customer", "domain"],
                name="agents_lead_replied",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("sending_at__isnull", False)),
                fields=["sending_at"],
                name="agents_message_left",
            ),
        ),
        migrations.AddConstraint(
            model_name="breaker",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rearmed_at", None)),
                fields=("scope", "code"),
                name="agents_breaker_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="breaker",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rearmed_at", None), ("rearmed_by", "")),
                    models.Q(
                        ("rearmed_at__isnull", False), models.Q(("rearmed_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="agents_breaker_rearmed_by_a_person",
            ),
        ),
        migrations.AddField(
            model_name="deliveryevent",
            name="message",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="agents.message",
            ),
        ),
        migrations.AddIndex(
            model_name="deliveryevent",
            index=models.Index(fields=["received_at", "kind"], name="agents_delivery_event_recent"),
        ),
        migrations.AddConstraint(
            model_name="deliveryevent",
            constraint=models.UniqueConstraint(
                fields=("source", "external_id"), name="agents_delivery_event_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "delivered",
                            "deferred",
                            "bounced",
                            "soft_bounced",
                            "complained",
                            "dropped",
                            "unsubscribed",
                        ],
                    )
                ),
                name="agents_delivery_event_kind",
            ),
        ),
        # Last: a new column makes SQLite copy the table, which loses its trigger.
        EnforceTransitions(
            model_name="message",
            pairs=[
                ("awaiting_approval", "canceled"),
                ("awaiting_approval", "planned"),
                ("awaiting_approval", "queued"),
                ("awaiting_approval", "skipped"),
                ("claimed", "canceled"),
                ("claimed", "dry_run"),
                ("claimed", "failed"),
                ("claimed", "queued"),
                ("claimed", "sending"),
                ("planned", "awaiting_approval"),
                ("planned", "canceled"),
                ("planned", "queued"),
                ("planned", "skipped"),
                ("queued", "canceled"),
                ("queued", "claimed"),
                ("queued", "planned"),
                ("queued", "skipped"),
                ("sending", "canceled"),
                ("sending", "failed"),
                ("sending", "sent"),
                ("sending", "unknown"),
                ("unknown", "failed"),
                ("unknown", "sent"),
            ],
        ),
    ]
