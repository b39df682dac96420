"""Each kept release, as it was left and as it is after the upgrade to today."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection

from hossagent.celery import app as celery
from tests.helpers import databases
from tests.upgrade.dumps import Dump, connected, kept, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A copy of an upgraded database to which Django's connection leads; the clock stands
    at the moment at which the release's last worker stopped."""

    facts: dict[str, Any]
    moment: datetime
    clock: time_machine.Traveller
    url: str
    # The database as the release left it. Only for reading.
    old_url: str


@pytest.fixture(scope="session", params=kept(), ids=str)
def dump(request: pytest.FixtureRequest) -> Dump:
    return request.param  # type: ignore[no-any-return] # pytest does not know the type


@pytest.fixture(scope="session")
def urls(dump: Dump, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The release's database, and another one that was upgraded."""
    folder = tmp_path_factory.mktemp("upgrade")
    old = dump.restore(f"hossagent_old_{os.getpid()}", folder)
    new = dump.restore(f"hossagent_new_{os.getpid()}", folder)
    upgrade(new)
    yield old, new
    for url in (old, new):
        databases.drop(url)


@pytest.fixture
def upgraded(
    dump: Dump, urls: tuple[str, str], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Upgraded]:
    old, new = urls
    mine = databases.copy(new, name=f"hossagent_mine_{os.getpid()}", folder=tmp_path)
    facts = dump.facts(connection.vendor)
    moment = datetime.fromisoformat(facts["moment"])
    with (
        django_db_blocker.unblock(),
        connected(mine),
        time_machine.travel(moment, tick=False) as clock,
    ):
        celery.loader.import_default_modules()
        yield Upgraded(facts, moment, clock, mine, old)
    databases.drop(mine)
