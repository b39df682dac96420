"""Indexes for what /metrics asks, and for dry runs that nobody has read yet."""

from __future__ import annotations

from django.db import models

from hossagent.lib.schema import AddIndexOnline, OnlineMigration


class Migration(OnlineMigration):
    dependencies = [
        ("agents", "0012_what_was_done"),
    ]

    operations = [
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "unknown")),
                fields=["sending_at"],
                name="agents_message_unknown",
            ),
        ),
        AddIndexOnline(
            model_name="sandboxreaction",
            index=models.Index(
                condition=models.Q(("persona", "")),
                fields=["answered_at"],
                name="agents_sandbox_uncast",
            ),
        ),
    ]
