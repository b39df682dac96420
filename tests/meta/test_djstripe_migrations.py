"""The short way to dj-stripe's tables ends where its own chain of migrations ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow(minutes=1.5)

SERVER = os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[list[str]]:
    """The URLs of two empty databases, of the kind that the tests run on."""
    if not SERVER:
        yield [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("short", "chain")]
        return
    names = [f"hossagent_{name}_{os.getpid()}" for name in ("short", "chain")]
    with psycopg.connect(SERVER, autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}".encode())
        yield [urlsplit(SERVER)._replace(path=f"/{name}").geturl() for name in names]
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def made_in(url: str, *arguments: str) -> dict[str, Any]:
    program = [sys.executable, "-m", "tests.meta.djstripe_tables", *arguments]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "hossagent.settings",
        "HOSSAGENT_ENV_FILE": "",
        "SESSION_SECRET": "only-for-tests",
    }
    done = subprocess.run(
        program, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_both_ways_make_the_same_tables(databases: list[str]) -> None:
    short, chain = made_in(databases[0]), made_in(databases[1], "chain")

    assert len(chain["tables"]) > 50
    assert short["tables"] == chain["tables"]
    # A new database tells of the whole chain, so that dj-stripe's next migration fits.
    assert set(short["recorded"]) - {"0003_2_11_from_nothing"} == set(chain["recorded"])
    # And one that was made by the chain has nothing left to do.
    assert made_in(databases[1])["tables"] == chain["tables"]
