"""The Celery application: workers and beat in production, a task registry elsewhere."""

from __future__ import annotations

import logging.config
import os
from typing import TYPE_CHECKING, Any

from celery import Celery, signals

from hossagent.lib import pulse
from hossagent.lib.log_fields import (
    HEADER,
    PASSED_ON,
    add_fields,
    current_fields,
    drop_fields,
    new_id,
    read_ids,
    set_role,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")
# Postgres shows it to whoever asks who holds a lock. Other programs have named themselves.
os.environ.setdefault("PGAPPNAME", "hossagent worker")

logger = logging.getLogger("hossagent.celery")

app = Celery("hossagent", task_cls="hossagent.foreign_messages:LoopTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_added: dict[str, Token[Mapping[str, str]]] = {}


@signals.setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Our lines in place of Celery's; its `--loglevel` means nothing, LOG_LEVEL does."""
    from django.conf import settings  # noqa: PLC0415 # settings import this package

    logging.config.dictConfig(settings.LOGGING)


@signals.celeryd_init.connect
def become_worker(instance: Any, **_: Any) -> None:
    """No banner of many lines where each line is to be JSON."""
    from django.conf import settings  # noqa: PLC0415 # settings import this package

    from hossagent.logging import is_json  # noqa: PLC0415 # likewise

    set_role("worker")
    instance.quiet = instance.quiet or is_json(settings.CONFIG)


@signals.worker_init.connect
def announce(**_: Any) -> None:
    """The release-mode banner, when a worker starts, and short words about foreign ticks."""
    from hossagent.foreign_messages import shorten_reports  # noqa: PLC0415 # workers only
    from hossagent.subsystems import log_startup  # noqa: PLC0415 # settings import this package

    shorten_reports()
    log_startup()


@signals.beat_init.connect
def become_beat(**_: Any) -> None:
    """Beat says that it has begun, and once an hour that it still ticks."""
    set_role("beat")
    logger.info("beat started")
    signals.before_task_publish.connect(_count_tick)


def _count_tick(**_: Any) -> None:
    pulse.beat(ticks=1)


@signals.before_task_publish.connect
def send_ids(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Who queues a task hands its ids on with it."""
    ids = {name: value for name, value in current_fields().items() if name in PASSED_ON}
    if headers is not None and ids:
        headers[HEADER] = ids


@signals.task_prerun.connect
def begin_lines_of_task(task_id: str, task: Any, **_: Any) -> None:
    """Lines of a task say which it is, and carry what its sender handed on."""
    ids = read_ids(getattr(task.request, HEADER, None))
    _added[task_id] = add_fields(**{"tick": new_id(), **ids}, loop=task.name, task=task_id)


@signals.task_postrun.connect
def end_lines_of_task(task_id: str, **_: Any) -> None:
    if token := _added.pop(task_id, None):
        drop_fields(token)


@signals.worker_shutting_down.connect
def stop_loops(**_: Any) -> None:
    """A worker that is told to stop ends its loops after the row in hand."""
    from hossagent.lib.loops import request_stop  # noqa: PLC0415 # after Django is set up

    request_stop()
