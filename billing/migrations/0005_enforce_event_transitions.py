"""Let the database refuse forbidden status changes of events and checkouts."""

from __future__ import annotations

from django.db import migrations

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_keep_stripe_events")]

    operations = [
        # SQLite made a new invoice table for the new column, without the old trigger.
        EnforceTransitions(
            model_name="invoice",
            pairs=[
                ("draft", "open"),
                ("draft", "void"),
                ("open", "paid"),
                ("open", "void"),
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
            model_name="checkout",
            pairs=[
                ("expired", "completed"),
                ("open", "completed"),
                ("open", "expired"),
            ],
        ),
    ]
