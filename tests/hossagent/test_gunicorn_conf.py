"""gunicorn's hooks: none of them can end the server."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from hossagent.lib.log_fields import get_role, set_role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.fixture
def gunicorn_conf() -> Iterator[ModuleType]:
    """Loading it says that this process is a web server, which it is not."""
    role = get_role()
    yield importlib.import_module("hossagent.gunicorn_conf")
    set_role(role)


@pytest.mark.parametrize(
    ("hook", "needs"),
    [
        ("on_starting", "hossagent.gunicorn_conf.make_folder"),
        ("on_exit", "hossagent.gunicorn_conf.metrics_folder"),
        ("when_ready", "hossagent.subsystems.log_startup"),
        ("post_worker_init", "hossagent.gunicorn_conf.gc"),
    ],
)
def test_a_hook_that_fails_is_one_line(
    hook: str,
    needs: str,
    gunicorn_conf: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(needs, None)

    getattr(gunicorn_conf, hook)(None)

    assert [line.getMessage().partition(":")[0] for line in caplog.records] == [f"{hook} failed"]
