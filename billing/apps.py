"""Django's configuration of this app. Blocks Stripe's SDK from calling on its own."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import gateway  # noqa: PLC0415 # needs the settings

        gateway.disable_default_client()
        gateway.log_misconfiguration()
