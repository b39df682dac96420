"""One scratch installation per test; the database is made anew each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import Machine, drop_database, make_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    url = make_database(tmp_path)
    machine = Machine(tmp_path, url)
    yield machine
    machine.stop_all()
    drop_database(url)
