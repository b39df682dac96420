"""The trial guard's own keys, and who granted a trial that it refused.

Rows that exist were hashed under keys made from the session secret. Those keys are written
down here, so that the rows are still found after the secret is rotated (docs/adr/0007).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SIGNALS = ("mailbox", "company_domain", "ip", "device", "card")


def keep_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The digest that `django.utils.crypto.salted_hmac` makes of salt and secret."""
    if not apps.get_model("billing", "TrialIdentity").objects.exists():
        return
    for signal in SIGNALS:
        material = f"billing.trial-guard:{signal}{settings.SECRET_KEY}".encode()
        apps.get_model("billing", "TrialGuardKey").objects.get_or_create(
            signal=signal, defaults={"key": hashlib.sha256(material).hexdigest()}
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_enforce_transitions")]

    operations = [
        migrations.CreateModel(
            name="TrialGuardKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signal", models.CharField(max_length=20, unique=True)),
                ("key", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="trialidentity",
            name="granted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="trialidentity",
            name="granted_by",
            field=models.CharField(blank=True, max_length=254, default=""),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="trialidentity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("granted_at", None), ("granted_by", "")),
                    models.Q(
                        ("granted_at__isnull", False),
                        ("outcome", "no_trial"),
                        models.Q(("granted_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_trial_granted_by_somebody",
            ),
        ),
        migrations.RunPython(keep_keys, migrations.RunPython.noop),
    ]
