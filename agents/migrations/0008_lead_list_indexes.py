"""What the lead list is narrowed to, found without reading all the others."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_enforce_transitions"),
        ("agents", "0007_read_uploads_later"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("address_check__in", ("risky", "undeliverable"))),
                fields=["customer", "-id"],
                name="agents_lead_held",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("qualified_at__isnull", False)),
                fields=["customer", "-id"],
                name="agents_lead_was_qualified",
            ),
        ),
        migrations.RemoveIndex(
            model_name="lead",
            name="agents_lead_search_email",
        ),
        migrations.RemoveIndex(
            model_name="lead",
            name="agents_lead_search_company",
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["customer", "email_key", "id"],
                name="agents_lead_search_email",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["customer", "company_key", "id"],
                name="agents_lead_search_company",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ),
    ]
