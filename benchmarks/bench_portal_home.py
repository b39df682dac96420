"""The portal's first page under gunicorn, in one run with two bare views of the same site:
one that does nothing, and one that signs in the same person and then asks as many queries
as the page, each by primary key.

    python -m benchmarks portal_home [--quick]

All three pass the same middleware. The ratio that counts is the second one: what the
page's own counting and drawing cost beyond queries that cannot be cheaper. One customer
with 3,000 leads, each with a message, a thread and a task, spread over ninety days. Rounds
in turns, the median of each.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from benchmarks.harness import BASE_DIR, Result, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, ROUNDS, SECONDS = 3_000, 5, 4.0
QUICK_ROWS, QUICK_ROUNDS, QUICK_SECONDS = 300, 1, 2.0
CONNECTIONS, WORKERS = 4, 2  # as in hossagent.gunicorn_conf
TARGET = 0.8
PATHS = {"empty": "/bench/empty", "trivial": "/bench/trivial", "home": "/portal/"}
SPREAD = """
UPDATE agents_message SET finished_at = now() - (id % 90) * interval '1 day'
WHERE finished_at IS NOT NULL;
UPDATE agents_task SET finished_at = now() - (id % 90) * interval '1 day'
WHERE finished_at IS NOT NULL;
"""


def run(*, quick: bool) -> list[Result]:
    rows = QUICK_ROWS if quick else ROWS
    cookie, queries = prepare(rows)
    rates: dict[str, list[float]] = {key: [] for key in PATHS}
    with server(queries) as port:
        site = f"http://127.0.0.1:{port}"
        page = Request(f"{site}/portal/", headers={"Cookie": cookie})  # noqa: S310 # loopback
        size = len(urlopen(page).read())  # noqa: S310 # loopback
        for path in PATHS.values():
            load(port, path, cookie, 1.0)
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for key, path in PATHS.items():
                rate = load(port, path, cookie, QUICK_SECONDS if quick else SECONDS)
                rates[key].append(rate)
    median = {key: statistics.median(found) for key, found in rates.items()}
    milliseconds = {key: 1_000 * WORKERS / rate for key, rate in median.items()}
    say(
        f"{queries} queries, {size:,} bytes; requests/s: "
        + ", ".join(f"{key} {rate:.0f}" for key, rate in median.items())
        + "; ms of a worker: "
        + ", ".join(f"{key} {cost:.2f}" for key, cost in milliseconds.items())
    )
    what = f"first page, {rows:,} leads, {queries} queries"
    home, spread = median["home"], (min(rates["home"]), max(rates["home"]))
    against_trivial = home / median["trivial"]
    return [
        Result(
            "portal_home",
            what,
            home,
            "requests/s",
            against="an empty view",
            ratio=home / median["empty"],
            spread=spread,
        ),
        Result(
            "portal_home",
            what,
            home,
            "requests/s",
            against="as many trivial queries",
            ratio=against_trivial,
            target=f">= {TARGET}",
            holds=None if quick else against_trivial >= TARGET,
            spread=spread,
            notes=milliseconds,
        ),
    ]


def prepare(rows: int) -> tuple[str, int]:
    """One customer and its rows; the session's cookie, and how many queries the page asks."""
    from django.conf import settings  # noqa: PLC0415 # after Django is set up
    from django.db import connection  # noqa: PLC0415 # likewise
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 # likewise

    from tests.helpers.clients import SiteClient  # noqa: PLC0415 # likewise
    from tests.helpers.portal_world import make_world  # noqa: PLC0415 # likewise
    from tests.portal.test_sizes import fill  # noqa: PLC0415 # likewise

    settings.ALLOWED_HOSTS.append("testserver")
    world = make_world(marker="Marigold")
    fill(world, start=0, count=rows)
    with connection.cursor() as cursor:
        cursor.execute(SPREAD)
        cursor.execute("VACUUM ANALYZE")
    client = SiteClient()
    client.force_login(world.membership.user)
    client.get("/portal/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/portal/").status_code == 200
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}", len(queries)


@contextmanager
def server(queries: int) -> Iterator[int]:
    """gunicorn as the product starts it, with the two bare views besides; its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:hossagent.gunicorn_conf"),
            *("-b", f"127.0.0.1:{port}", "--log-level", "error", "hossagent.wsgi"),
        ],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.portal_home_site",
            "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
            "BENCH_QUERIES": str(queries),
        },
        cwd=BASE_DIR,
    )
    try:
        _wait(f"http://127.0.0.1:{port}{PATHS['empty']}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(url).read()  # noqa: S310 # loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def load(port: int, path: str, cookie: str, seconds: float) -> float:
    """Requests per second that four clients get answered one after the other."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    )
    began = time.perf_counter()
    done = [0] * CONNECTIONS

    def ask(number: int) -> None:
        while time.perf_counter() - began < seconds:
            _ask(port, request.encode())
            done[number] += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    assert sum(done), f"nothing came from {path}"
    return sum(done) / taken


def _ask(port: int, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(request)
        answer = wire.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        while wire.recv(65_536):
            pass


if __name__ == "__main__":
    raise SystemExit("python -m benchmarks portal_home")
