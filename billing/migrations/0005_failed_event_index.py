"""Events that failed, found without reading all that were processed."""

from __future__ import annotations

from django.db import models

from hossagent.lib.schema import AddIndexOnline, OnlineMigration


class Migration(OnlineMigration):
    dependencies = [
        ("accounts", "0004_failed_outbox_index"),
        ("billing", "0004_count_live_subscriptions"),
    ]

    operations = [
        AddIndexOnline(
            model_name="billingevent",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["received_at"],
                name="billing_event_failed",
            ),
        ),
    ]
