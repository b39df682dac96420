"""Let the database itself refuse status changes that the tables in code forbid."""

from __future__ import annotations

from django.db import migrations

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        EnforceTransitions(
            model_name="outboxmail",
            pairs=[
                ("failed", "queued"),
                ("queued", "sending"),
                ("sending", "failed"),
                ("sending", "queued"),
                ("sending", "sent"),
            ],
        ),
    ]
