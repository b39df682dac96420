"""One scratch installation per test; the database is new each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import Machine, copy_database, drop_database, make_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated database: migrating takes longer than most of the tests."""
    url = make_template(tmp_path_factory.mktemp("template"))
    yield url
    drop_database(url)


@pytest.fixture
def machine(tmp_path: Path, template: str) -> Iterator[Machine]:
    url = copy_database(template, tmp_path)
    machine = Machine(tmp_path, url)
    yield machine
    machine.stop_all()
    drop_database(url)
