"""Account email that failed, found without reading all that was sent."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit_of_subject"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["created_at"],
                name="accounts_outbox_failed",
            ),
        ),
    ]
