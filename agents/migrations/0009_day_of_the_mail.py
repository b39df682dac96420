from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0008_lead_list_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="counted_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
