"""Events that failed, found without reading all that were processed."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_failed_outbox_index"),
        ("billing", "0004_count_live_subscriptions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="billingevent",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["received_at"],
                name="billing_event_failed",
            ),
        ),
    ]
