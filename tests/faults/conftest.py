"""One scratch installation per test; the database is new each time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

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
