"""Keep a database of a release for the upgrade tests; run once, when a version is released.

    python -m scripts.release_dump VERSION COMMIT

Checks out COMMIT in a scratch folder, lets its own code migrate and fill an empty SQLite file
and an empty Postgres database, and writes both as text to tests/upgrade/releases/VERSION/.
Postgres is the server at TEST_DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.upgrade.dumps import Dump
from tests.upgrade.release import Release, check_out

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = "hossagent_release_dump"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("commit")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hossagent-release-") as scratch:
        code = check_out(options.commit, Path(scratch) / "code")
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {NAME}".encode())
            server.execute(f"CREATE DATABASE {NAME}".encode())
            for url in (
                f"sqlite:///{scratch}/release.sqlite3",
                urlsplit(SERVER)._replace(path=f"/{NAME}").geturl(),
            ):
                Dump(options.version).write(url, Release(code, url).make())
            server.execute(f"DROP DATABASE {NAME}".encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
