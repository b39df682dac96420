"""Let the database itself refuse status changes that the tables in code forbid.

A later migration that makes SQLite rebuild one of these tables (a new constraint, a
changed column) drops its trigger, and has to run EnforceTransitions for it again.
"""

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
