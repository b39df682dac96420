"""The autopilot's tick: does its cost follow the work due, and not the size of the tables?

10,000 customers and 1,000,000 leads on Postgres; 100, 1,000 and 10,000 of the customers are
active, and there is nothing to do for any of them. Two workers drain, as in production.
Before that the same with a hundredth of the leads, and after it with one piece of work for
each customer: a finished task that goes on its summary.
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
from agents.autopilot.services import cycles
from agents.models import CycleRun
from agents.states import MessageMode
from agents.work.services.tasks.weekly import last_week_name
from benchmarks.harness import Result, peak_megabytes, say

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
LIMIT_STATEMENTS = 1
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


def seed(customers: int) -> None:
    """All customers on a used-up trial's opposite: complimentary, everything made, and a
    lead provider that has nobody else to offer."""
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
            "outreach_mode": f"'{MessageMode.DRY_RUN.value}'",
            "reported_week": f"'{last_week_name(NOW, 'America/New_York')}'",
        },
    )
    _insert_like(
        "agents_sourceprogress",
        {
            "provider": f"'{settings.CONFIG.LEAD_SOURCE_PROVIDER}'",
            "query": "'clinics | austin'",
            "result": "'ok'",
            "is_exhausted": "true",
            "next_look_at": f"'{(NOW + timedelta(days=3)).isoformat()}'",
        },
    )


def add_leads(first_number: int, last_number: int, *, customers: int) -> None:
    """Old leads, spread evenly: most are finished, some wait for a later follow-up."""
    next_action_at = (NOW + timedelta(days=3)).isoformat()
    with connection.cursor() as cursor:
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
            "last_contacted_at": f"CASE WHEN n % 20 = 0 THEN '{NOW.isoformat()}'::timestamptz END",
            "status": "CASE WHEN n % 20 = 0 THEN 'contacted' ELSE 'closed' END",
            "next_action_at": f"CASE WHEN n % 20 = 0 THEN '{next_action_at}'::timestamptz END",
        }
        _insert("agents_lead", columns, f"generate_series({first_number}, {last_number}) n")
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
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {', '.join(columns.values())} FROM {source}"
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
    return cycles.run_due_customers(clock=lambda: NOW, budget=number, deadline=timedelta(hours=1))


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


def seconds_of(
    number: int, *, outcomes: frozenset[str] | set[str] = frozenset({"idle"})
) -> tuple[float, float]:
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
    found = set(CycleRun.objects.values_list("outcome", flat=True).distinct())
    assert found == outcomes, found
    return seconds, peak


def add_work(number: int) -> None:
    """One finished task for each active customer, not yet on a summary."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM agents_task")
    _insert(
        "agents_task",
        {
            "customer_id": "c.id",
            "kind": "'market_snapshot'",
            "dedupe_key": "'bench'",
            "title": "'Market snapshot'",
            "status": "'done'",
            "deliverable": "'# Done'",
            "reward_cents": "2500",
            "finished_at": f"'{NOW.isoformat()}'",
        },
        f"(SELECT id FROM accounts_customer ORDER BY id LIMIT {number}) c",
    )


def timed(number: int, *, rounds: int) -> tuple[float, float]:
    """The median seconds and the largest memory of so many rounds, after one to warm up."""
    seconds_of(min(number, 1_000))
    taken = [seconds_of(number) for _ in range(rounds)]
    return statistics.median(seconds for seconds, _ in taken), max(peak for _, peak in taken)


def run(*, quick: bool = False) -> list[Result]:
    customers, leads = (1_000, 50_000) if quick else (FULL, 1_000_000)
    few, middle = leads // 100, min(1_000, customers)
    began = time.perf_counter()
    seed(customers)
    add_leads(1, few, customers=customers)
    small, _ = timed(middle, rounds=3)
    add_leads(few + 1, leads, customers=customers)
    say(f"tick: {customers} customers and {leads} leads in {time.perf_counter() - began:.0f} s")
    large, peak = timed(middle, rounds=3)
    results = [
        Result(
            "tick",
            f"{middle} active, nothing due, {leads} leads: ms per customer",
            1000 * large / middle,
            "ms",
            against=f"with {few} leads",
            ratio=large / small,
        )
    ]
    base = 0.0
    for active in [number for number in (100, 1_000, 10_000) if number <= customers]:
        statements = statements_of(min(active, 1_000))
        seconds, memory = timed(active, rounds=1 if active == customers else 3)
        peak = max(peak, memory)
        base = base or seconds / active
        results += _of_active(active, customers, statements, seconds, base)
    add_work(middle)
    work = 1000 * seconds_of(middle, outcomes={"idle", "ok"})[0] / middle
    results.append(
        Result(
            "tick",
            f"{middle} active, one piece of work each: ms per customer",
            work,
            "ms",
            against="with nothing due",
            ratio=work / (1000 * large / middle),
        )
    )
    return [*results, Result("tick", "peak memory of a worker", peak, "MB")]


def _of_active(
    active: int, customers: int, statements: float, seconds: float, base: float
) -> list[Result]:
    return [
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
