"""The Celery application: workers and beat in production, a task registry elsewhere."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")

app = Celery("hossagent", task_cls="hossagent.foreign_messages:LoopTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def announce(**_: Any) -> None:
    """The release-mode banner, when a worker starts, and short words about foreign ticks."""
    from hossagent.foreign_messages import shorten_reports  # noqa: PLC0415 # workers only
    from hossagent.subsystems import log_startup  # noqa: PLC0415 # settings import this package

    shorten_reports()
    log_startup()


@signals.worker_shutting_down.connect
def stop_loops(**_: Any) -> None:
    """A worker that is told to stop ends its loops after the row in hand."""
    from hossagent.lib.loops import request_stop  # noqa: PLC0415 # after Django is set up

    request_stop()
