"""The Celery application: workers and beat in production, a task registry elsewhere."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")

app = Celery("hossagent")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
