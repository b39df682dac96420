"""Let the database itself refuse status changes that the tables in code forbid.

A later migration that makes SQLite rebuild one of these tables (a new constraint, a
changed column) drops its trigger, and has to run EnforceTransitions for it again.
"""

from __future__ import annotations

from django.db import migrations

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        EnforceTransitions(
            model_name="checkout",
            pairs=[
                ("expired", "completed"),
                ("open", "completed"),
                ("open", "expired"),
            ],
        ),
        EnforceTransitions(
            model_name="billingevent",
            pairs=[
                ("failed", "pending"),
                ("ignored", "pending"),
                ("pending", "failed"),
                ("pending", "ignored"),
                ("pending", "processed"),
                ("processed", "pending"),
            ],
        ),
        EnforceTransitions(
            model_name="invoice",
            pairs=[
                ("draft", "open"),
                ("draft", "void"),
                ("open", "paid"),
                ("open", "void"),
            ],
        ),
    ]
