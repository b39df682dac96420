"""One open draft per customer; drafts of past months wait closed for the operator."""

from __future__ import annotations

from django.db import migrations, models

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_enforce_transitions"),
        ("billing", "0002_enforce_transitions"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invoice",
            name="billing_invoice_one_draft",
        ),
        migrations.AddField(
            model_name="invoice",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="closes_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None), ("status", "draft")),
                fields=("customer",),
                name="billing_invoice_one_open_draft",
            ),
        ),
        # SQLite rebuilds the table for a new constraint, and drops its trigger with it.
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
