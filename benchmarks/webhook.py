"""How fast `/stripe/webhook` acknowledges, against a bare Django view that checks an HMAC
and inserts one row: same machine, same Postgres, same run, rounds alternating.

    .venv/bin/python -m benchmarks.webhook            (needs Postgres and wrk)

gunicorn -k sync -w 2, wrk -t1 -c16. Every request is a distinct, freshly signed event.

Two shortcuts in the product exist because of this number; each cost about half of the
throughput when it was left out:

* `BillingEvent.objects.store_once` inserts with one statement. `bulk_create` opens a
  transaction around it, which is three more round trips.
* `billing.webhooks.WebhookFirst` answers before sessions, sign-in and page headers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
import stripe

ADMIN = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
DATABASE = "bench_webhook"
URL = ADMIN.rsplit("/", 1)[0] + f"/{DATABASE}"
SECRET = "whsec_benchmark0123456789"  # noqa: S105 # opens nothing
ROUNDS, SECONDS, EVENTS = 5, 4, 40_000
TARGET = 0.7
ROOT = Path(__file__).resolve().parent.parent
PORTS = {"bare": 8471, "ours": 8472}
TABLES = {"bare": "bench_event", "ours": "billing_billingevent"}
APPLICATIONS = {"bare": "benchmarks.bare_webhook:application", "ours": "hossagent.wsgi"}

LUA = """
local headers, bodies, count = {}, {}, 0
for line in io.lines("%s") do
  local tab = line:find("\\t")
  count = count + 1
  headers[count], bodies[count] = line:sub(1, tab - 1), line:sub(tab + 1)
end
local number = 0
request = function()
  number = number + 1
  if number > count then error("out of events") end
  return wrk.format("POST", "/stripe/webhook",
    {["Content-Type"] = "application/json", ["Stripe-Signature"] = headers[number]}, bodies[number])
end
done = function(summary) io.write(string.format("non-2xx %%d\\n", summary.errors.status)) end
"""


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "HOSSAGENT_ENV_FILE": "",
        "SESSION_SECRET": "bench",
        "DATABASE_URL": URL,
        "ENABLE_STRIPE": "TRUE",
        "STRIPE_API_KEY": "sk_test_benchmark0123456789",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "LOG_LEVEL": "WARNING",
    }


def prepare() -> None:
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    # The tests' settings: dj-stripe's tables in one step instead of a minute.
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--settings=tests.settings", "-v0"],
        cwd=ROOT,
        env={**environment(), "TEST_DATABASE_URL": URL},
        check=True,
    )
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bench_event (id bigserial PRIMARY KEY, "
            "event_id varchar(255) UNIQUE NOT NULL, body text NOT NULL)"
        )


def serve(name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "-k", "sync", "-w", "2"]
    command += ["-b", f"127.0.0.1:{PORTS[name]}", "--log-level", "error", APPLICATIONS[name]]
    server = subprocess.Popen(command, cwd=ROOT, env=environment())
    for _ in range(100):
        try:
            urllib.request.urlopen(
                f"http://127.0.0.1:{PORTS[name]}/stripe/webhook", timeout=1
            )  # ours
        except urllib.error.HTTPError:
            return server
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{name} did not start")


def write_events(path: Path, name: str, round_: int) -> None:
    """Events of the size that Stripe sends for a subscription, signed now."""
    filler = "x" * 1800
    now = int(time.time())
    with path.open("w", encoding="utf-8") as file:
        for number in range(EVENTS):
            event = {
                "id": f"evt_{name}_{round_}_{number}",
                "object": "event",
                "type": "customer.subscription.updated",
                "created": now,
                "livemode": False,
                "api_version": "2026-08-26.dahlia",
                "data": {"object": {"id": "sub_1", "customer": "cus_1", "filler": filler}},
            }
            body = json.dumps(event)
            header = stripe.WebhookSignature.generate_signature_header(body, SECRET, now)
            file.write(f"{header}\t{body}\n")


def rows(name: str) -> int:
    with psycopg.connect(URL) as connection:
        found = connection.execute(f"SELECT count(*) FROM {TABLES[name]}").fetchone()
        assert found
        return int(found[0])


def measure(name: str, round_: int, folder: Path) -> float:
    """Requests per second; every acknowledged request must be a row."""
    events, script = folder / "events.tsv", folder / "wrk.lua"
    write_events(events, name, round_)
    script.write_text(LUA % events, encoding="utf-8")
    before = rows(name)
    wrk = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "-s", str(script)]
    done = subprocess.run(
        [*wrk, f"http://127.0.0.1:{PORTS[name]}"], capture_output=True, text=True, check=True
    )
    found = re.search(r"(\d+) requests in", done.stdout)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert rate
    assert "non-2xx 0" in done.stdout, done.stdout
    stored = rows(name) - before
    # Up to sixteen were in flight when wrk stopped.
    assert 0 <= stored - int(found[1]) <= 16, (stored, found[1])
    return float(rate[1])


def main() -> None:
    prepare()
    servers = [serve(name) for name in PORTS]
    try:
        with tempfile.TemporaryDirectory() as folder:
            results: dict[str, list[float]] = {"bare": [], "ours": []}
            for round_ in range(ROUNDS):
                for name, rates in results.items():
                    rates.append(measure(name, round_, Path(folder)))
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
            server.wait()
    for name, rates in results.items():
        low, middle, high = min(rates), statistics.median(rates), max(rates)
        print(f"{name}: {middle:,.0f} requests/s (from {low:,.0f} to {high:,.0f})")
    ratio = statistics.median(results["ours"]) / statistics.median(results["bare"])
    print(f"ratio {ratio:.2f} (target {TARGET})")


if __name__ == "__main__":
    main()
