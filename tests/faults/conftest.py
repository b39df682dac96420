"""One scratch installation per test; the database is new each time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import redis

from tests.faults.machine import Machine
from tests.helpers import databases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    name = f"hossagent_faults_{os.getpid()}"
    url = databases.copy(databases.template(), name=name, folder=tmp_path)
    machine = Machine(tmp_path, url)
    yield machine
    machine.stop_all()
    databases.drop(url)


# Redis's own number of databases, unless its configuration says otherwise.
_REDIS_DATABASES = 16


@pytest.fixture
def broker(machine: Machine) -> Iterator[redis.Redis]:
    """An empty Redis for the machine. Workers of one test run have one each, counted
    downwards in twos from the one that TEST_REDIS_URL names: the run on the other database
    has the ones between."""
    if not (named := os.environ.get("TEST_REDIS_URL", "")):
        pytest.skip("no Redis answers at TEST_REDIS_URL")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    where = urlsplit(named)
    number = (int(where.path.strip("/") or 0) - 2 * worker) % _REDIS_DATABASES
    url = where._replace(path=f"/{number}").geturl()
    client = redis.Redis.from_url(url)
    client.flushdb()
    machine.environment["REDIS_URL"] = url
    yield client
    machine.stop_all()
    client.flushdb()
    client.close()
