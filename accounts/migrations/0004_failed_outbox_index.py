"""Account email that failed, found without reading all that was sent."""

from __future__ import annotations

from django.db import models

from hossagent.lib.schema import AddIndexOnline, OnlineMigration


class Migration(OnlineMigration):
    dependencies = [
        ("accounts", "0003_audit_of_subject"),
    ]

    operations = [
        AddIndexOnline(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["created_at"],
                name="accounts_outbox_failed",
            ),
        ),
    ]
