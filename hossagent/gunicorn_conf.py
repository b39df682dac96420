"""gunicorn's settings: `gunicorn -c python:hossagent.gunicorn_conf hossagent.wsgi`."""

from __future__ import annotations

import functools
import gc
import logging
import shutil
from typing import TYPE_CHECKING, Any

from hossagent.config import VAR_DIR, load, metrics_folder, share_metrics
from hossagent.lib.log_fields import set_role
from hossagent.lib.metrics_folder import make_folder
from hossagent.logging import logging_config

if TYPE_CHECKING:
    from collections.abc import Callable

_config = load()
# Workers are forked from this process, and are the same to a reader of the log.
set_role("web")

worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 5
max_requests = 5_000
max_requests_jitter = 500
# One writer at a time on SQLite; a keep-alive connection must not hold a thread for long.
keepalive = 5
# It would leave a socket in the home directory, and two services would share it.
control_socket_disable = True
logconfig_dict = logging_config(_config)
forwarded_allow_ips = "*" if _config.TRUSTED_PROXY_COUNT else "127.0.0.1"


def _never_fatal(hook: Callable[[Any], None]) -> Callable[[Any], None]:
    """gunicorn ends the server or the worker in which a hook raises; none of ours is worth it."""

    @functools.wraps(hook)
    def guarded(subject: Any) -> None:
        try:
            hook(subject)
        except Exception as error:  # noqa: BLE001 # whatever it is, the pages go on
            logging.getLogger("gunicorn.error").warning("%s failed: %r", hook.__name__, error)

    return guarded


@_never_fatal
def on_starting(server: Any) -> None:
    """A new, empty folder in which the workers of this server keep their metrics together.

    This process never opens what is in it: a file there may be broken.
    """
    share_metrics(make_folder(VAR_DIR / "metrics"))


@_never_fatal
def on_exit(server: Any) -> None:
    if folder := metrics_folder():
        shutil.rmtree(folder, ignore_errors=True)


@_never_fatal
def when_ready(server: Any) -> None:
    """The release-mode banner, once per server and not once per worker."""
    from hossagent.subsystems import log_startup  # noqa: PLC0415 # after logging is configured

    log_startup(_config)


@_never_fatal
def post_worker_init(worker: Any) -> None:
    """Load every address before the first request, and keep the collector of garbage away
    from what stays for good: a page otherwise pays for walking all of the code again."""
    from django.urls import get_resolver  # noqa: PLC0415 # after the application is loaded

    from hossagent.lib.http_metrics import keep_numbers_of_gone  # noqa: PLC0415 # folder is known

    _ = get_resolver().url_patterns
    # This worker is here in place of another. Without a scraper nobody else would tidy up.
    keep_numbers_of_gone()
    gc.collect()
    gc.freeze()
