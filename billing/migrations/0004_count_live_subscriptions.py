"""How many of a customer's subscriptions are live, so that a second one is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LIVE = ["active", "trialing", "past_due", "unpaid", "paused"]


def count_the_one_we_know(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One each; reconciling finds the second ones within a day."""
    apps.get_model("billing", "Subscription").objects.filter(status__in=LIVE).update(live_count=1)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_trial_guard_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="live_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunPython(count_the_one_we_know, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                fields=["live_count"],
                condition=models.Q(live_count__gt=1),
                name="billing_subscription_twice",
            ),
        ),
    ]
