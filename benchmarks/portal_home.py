"""The portal's first page against an empty view and against a view with as many trivial
queries, under gunicorn, in one run.

    .venv/bin/python -m benchmarks.portal_home [--rows 3000] [--seconds 8]

Needs `wrk`, and Postgres at TEST_DATABASE_URL (SQLite in a temporary file without it).
The ratio that counts is home / trivial: what the page's own work costs beyond the bare
queries. Three rounds, taken in turns, and the median of each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
CONNECTIONS = 4


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wrk(url: str, cookie: str, seconds: int) -> float:
    """Requests per second."""
    run = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Cookie: {cookie}", url],
        check=True,
        capture_output=True,
        text=True,
    )
    if "Non-2xx" in run.stdout:
        raise SystemExit(run.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    assert found
    return float(found.group(1))


def prepare(rows: int) -> tuple[str, int]:
    """A database with one customer and its rows; the session cookie, and the page's queries."""
    import django  # noqa: PLC0415 # after the environment is set

    django.setup()
    from django.conf import settings  # noqa: PLC0415 # after Django is set up
    from django.core.management import call_command  # noqa: PLC0415 # after Django is set up
    from django.db import connection  # noqa: PLC0415 # after Django is set up
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 # after Django is set up

    from tests.clients import SiteClient  # noqa: PLC0415 # after Django is set up
    from tests.portal.test_sizes import fill  # noqa: PLC0415 # after Django is set up
    from tests.portal.world import make_world  # noqa: PLC0415 # after Django is set up

    call_command("migrate", verbosity=0)
    world = make_world(marker="Marigold")
    fill(world, start=0, count=rows)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = SiteClient()
    client.force_login(world.membership.user)
    client.get("/portal/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/portal/").status_code == 200
    connection.close()
    return client.cookies[settings.SESSION_COOKIE_NAME].value, len(queries)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--seconds", type=int, default=8)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: apt-get install wrk")
    folder = Path(tempfile.mkdtemp(prefix="portal-home-"))
    database = os.environ.get("TEST_DATABASE_URL", "")
    name = f"bench_portal_home_{os.getpid()}"
    if database:
        subprocess.run(["psql", "-q", database, "-c", f"CREATE DATABASE {name}"], check=True)
        url = f"{database.rsplit('/', 1)[0]}/{name}"
    else:
        url = f"sqlite:///{folder}/bench.sqlite3"
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.portal_home_site",
        "HOSSAGENT_ENV_FILE": "",
        "SESSION_SECRET": "only-for-benchmarks",
        "LOG_LEVEL": "ERROR",
        "ALLOWED_HOSTS": "testserver",
    }
    sys.path.insert(0, str(ROOT))
    server = None
    try:
        session, queries = prepare(options.rows)
        port = free_port()
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "-k", "sync", "-w", "2"),
                *("-b", f"127.0.0.1:{port}", "--log-level", "error", "hossagent.wsgi"),
            ],
            env={**os.environ, "BENCH_QUERIES": str(queries)},
            cwd=ROOT,
        )
        site, cookie = f"http://127.0.0.1:{port}", f"hoss={session}"
        _wait(f"{site}/bench/empty")
        size = len(urlopen(Request(f"{site}/portal/", headers={"Cookie": cookie})).read())  # noqa: S310 # loopback
        paths = {"empty": "/bench/empty", "trivial": "/bench/trivial", "home": "/portal/"}
        for path in paths.values():
            wrk(site + path, cookie, 2)
        rates: dict[str, list[float]] = {key: [] for key in paths}
        for _ in range(ROUNDS):
            for key, path in paths.items():
                rates[key].append(wrk(site + path, cookie, options.seconds))
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)
        if database:
            subprocess.run(
                ["psql", "-q", database, "-c", f"DROP DATABASE {name} WITH (FORCE)"], check=False
            )
    median = {key: statistics.median(values) for key, values in rates.items()}
    print(
        json.dumps(
            {
                "database": "postgres" if database else "sqlite",
                "rows": options.rows,
                "queries": queries,
                "html_bytes": size,
                "requests_per_second": {key: round(value, 1) for key, value in median.items()},
                "home_over_empty": round(median["home"] / median["empty"], 3),
                "home_over_trivial": round(median["home"] / median["trivial"], 3),
                "target_home_over_trivial": 0.8,
            },
            indent=2,
        )
    )


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(url).read()  # noqa: S310 # loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()
