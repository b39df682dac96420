"""App configurations of the project package: wiring only, no tables."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db import models

from hossagent.lib.lookups import Among


class HossAgentConfig(AppConfig):
    name = "hossagent"
    verbose_name = "HossAgent"

    def ready(self) -> None:
        from hossagent import celery  # noqa: F401, PLC0415 # registers the app as current

        models.Field.register_lookup(Among)


class ConsoleAdminConfig(AdminConfig):
    default_site = "hossagent.admin_site.ConsoleSite"
