"""Account mail waits as HELD while email is in dry run, and expires when it is old news."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions

OPEN = ["queued", "sending"]
CLOSED = ["held", "sent", "failed"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_enforce_transitions")]

    operations = [
        migrations.RemoveConstraint(model_name="outboxmail", name="accounts_outbox_status"),
        migrations.RemoveConstraint(model_name="outboxmail", name="accounts_outbox_open_is_due"),
        migrations.AlterField(
            model_name="outboxmail",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sending", "Sending"),
                    ("held", "Held"),
                    ("sent", "Sent"),
                    ("failed", "Failed"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="expires_at",
            # Mail of an installation older than this column is old news.
            field=models.DateTimeField(default=datetime(2026, 12, 1, tzinfo=UTC)),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.CheckConstraint(
                name="accounts_outbox_status",
                condition=models.Q(status__in=["queued", "sending", "held", "sent", "failed"]),
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.CheckConstraint(
                name="accounts_outbox_open_is_due",
                condition=models.Q(status__in=OPEN, not_before_at__isnull=False)
                | models.Q(status__in=CLOSED, not_before_at=None),
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                fields=["expires_at"],
                name="accounts_outbox_held",
                condition=models.Q(status="held"),
            ),
        ),
        # SQLite rebuilds the table for the changes above, and drops its trigger with it.
        EnforceTransitions(
            model_name="outboxmail",
            pairs=[
                ("failed", "queued"),
                ("held", "failed"),
                ("held", "queued"),
                ("queued", "sending"),
                ("sending", "failed"),
                ("sending", "held"),
                ("sending", "queued"),
                ("sending", "sent"),
            ],
        ),
    ]
