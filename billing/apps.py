"""Django's configuration of this app; takes Stripe's SDK its default way out."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import gateway  # noqa: PLC0415 # needs the settings

        gateway.close_the_back_door()
        gateway.log_misconfiguration()
