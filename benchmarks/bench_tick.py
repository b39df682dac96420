"""The autopilot's tick: does its cost follow the work due, and not the size of the tables?

10,000 customers and 1,000,000 leads on Postgres; 100, 1,000 and 10,000 of the customers are
active, and there is nothing to do for any of them. Two workers drain, as in production.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, connections

from accounts.models import Customer
from agents.models import CycleRun
from agents.services import autopilot
from benchmarks.harness import Result, peak_megabytes, say

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
LIMIT_STATEMENTS = 12
LIMIT_SECONDS = 60
FULL = 10_000
# As many as a worker of docker-compose.yml has.
WORKERS = 2


class Counter:
    """Counts statements that are no transaction control."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 # Django's signature
        context: Any,
    ) -> Any:
        self.statements += 1
        return execute(sql, params, many, context)


def seed(customers: int, leads: int) -> None:
    """All customers on a used-up trial's opposite: complimentary, with starter tasks made."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_customer (company, contact_name, email, niche, geography, timezone,
                public_token, is_house, created_at, autopilot, next_run_at, fence)
            SELECT 'Agency ' || n, 'Ada', 'owner' || n || '@agency.test', 'clinics', 'Austin',
                'America/New_York', 'token-' || n, false, %s, false, NULL, 0
            FROM generate_series(1, %s) n
            """,
            [NOW, customers],
        )
        _insert_like("billing_subscription", {"is_complimentary": "true", "status": "'none'"})
        _insert_like(
            "agents_profile",
            {
                "sender_name": "'Ada'",
                "postal_address": "'1 Main Street'",
                "window_start": "'09:00'",
                "window_end": "'17:00'",
                "window_weekdays": "'[0,1,2,3,4]'",
                "approval_mode": "'autopilot'",
                "starter_tasks_at": f"'{NOW.isoformat()}'",
            },
        )
        cursor.execute("SELECT min(id) FROM accounts_customer")
        first = cursor.fetchone()[0]
        columns = {
            "customer_id": f"{first} + n % {customers}",
            "company": "'Clinic ' || n",
            "company_key": "'clinic ' || n",
            "contact_name": "'Grace'",
            "email": "'grace@clinic' || n || '.com'",
            "email_key": "'grace@clinic' || n || '.com'",
            "domain": "'clinic' || n || '.com'",
            "source": "'bench'",
            "reason": "'A clinic.'",
            "country": "'US'",
            "address_check": "'unverified'",
            "created_at": f"'{NOW.isoformat()}'",
            # Most are finished; some wait for a follow-up that is not due yet.
            "last_contacted_at": f"CASE WHEN n % 20 = 0 THEN '{NOW.isoformat()}'::timestamptz END",
            "status": "CASE WHEN n % 20 = 0 THEN 'contacted' ELSE 'closed' END",
            "next_action_at": f"CASE WHEN n % 20 = 0 THEN '{(NOW + timedelta(days=3)).isoformat()}'::timestamptz END",
        }
        _insert("agents_lead", columns, f"generate_series(1, {leads}) n")
        cursor.execute("ANALYZE")


def _insert_like(table: str, columns: dict[str, str]) -> None:
    _insert(table, {"customer_id": "c.id", **columns}, "accounts_customer c")


def _insert(table: str, columns: dict[str, str], source: str) -> None:
    """INSERT ... SELECT with the model's own defaults for every other required column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL "
            "AND is_identity = 'NO'",
            [table],
        )
        empty = {
            "boolean": "false",
            "jsonb": "'{}'",
            "timestamp with time zone": f"'{NOW.isoformat()}'",
            "time without time zone": "'09:00'",
        }
        for name, kind in cursor.fetchall():
            text = kind in {"text", "character varying"}
            columns.setdefault(name, empty.get(kind, "''" if text else "0"))
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM {source}"
        )


def activate(number: int) -> None:
    """Exactly `number` customers are due now."""
    Customer.objects.update(autopilot=False, next_run_at=None, lease_until=None, last_cycle_at=None)
    chosen = Customer.objects.order_by("pk").values_list("pk", flat=True)[:number]
    Customer.objects.filter(pk__in=list(chosen)).update(autopilot=True, next_run_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE accounts_customer")
        cursor.execute("TRUNCATE agents_cyclerun")


def drain(number: int) -> int:
    """One worker's tick; `NOW` for everybody, so nobody is due a second time."""
    return autopilot.drain(clock=lambda: NOW, budget=number, deadline=timedelta(hours=1))


def statements_of(number: int) -> float:
    """Statements per idle customer, the claims included."""
    activate(number)
    counter = Counter()
    with connection.execute_wrapper(counter):
        done = drain(number)
    assert done == number, (done, number)
    return counter.statements / number


def _worker(number: int, done: Any, memory: Any) -> None:
    connections.close_all()
    done.put(drain(number))
    memory.put(peak_megabytes())
    connections.close_all()


def seconds_of(number: int) -> tuple[float, float]:
    """Seconds that two workers take for everybody who is due, and the larger one's memory."""
    activate(number)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    done, memory = context.Queue(), context.Queue()
    workers = [context.Process(target=_worker, args=(number, done, memory)) for _ in range(WORKERS)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    passes = sum(done.get() for _ in workers)
    peak = max(memory.get() for _ in workers)
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    assert passes == number, (passes, number)
    outcomes = set(CycleRun.objects.values_list("outcome", flat=True).distinct())
    assert outcomes == {"idle"}, outcomes
    return seconds, peak


def run(*, quick: bool = False) -> list[Result]:
    customers, leads = (1_000, 50_000) if quick else (FULL, 1_000_000)
    # Idle means idle: no provider is asked, because every customer has enough leads.
    settings.CONFIG = settings.CONFIG.model_copy(update={"MAX_NEW_LEADS_PER_CYCLE": 0})
    began = time.perf_counter()
    seed(customers, leads)
    say(f"tick: {customers} customers and {leads} leads in {time.perf_counter() - began:.0f} s")
    results = []
    base = peak = 0.0
    for active in [number for number in (100, 1_000, 10_000) if number <= customers]:
        statements = statements_of(min(active, 1_000))
        taken = [seconds_of(active) for _ in range(1 if active == customers else 3)]
        seconds = statistics.median(second for second, _ in taken)
        peak = max(peak, *(memory for _, memory in taken))
        base = base or seconds / active
        results += [
            Result(
                "tick",
                f"{active} active of {customers}: statements per idle customer",
                statements,
                "",
                target=f"<= {LIMIT_STATEMENTS}",
                holds=statements <= LIMIT_STATEMENTS,
            ),
            Result(
                "tick",
                f"{active} active of {customers}: {WORKERS} workers, ms per customer",
                1000 * seconds / active,
                "ms",
                against="at 100 active",
                ratio=seconds / active / base,
            ),
            Result(
                "tick",
                f"{active} active of {customers}: {WORKERS} workers, seconds for all",
                seconds,
                "s",
                target=f"<= {LIMIT_SECONDS}" if active == FULL else "",
                holds=seconds <= LIMIT_SECONDS if active == FULL else None,
            ),
        ]
    return [*results, Result("tick", "peak memory of a worker", peak, "MB")]
