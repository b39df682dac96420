"""SIGKILL while a task is being written: swept, done once by another worker, billed once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.fakes.llm import FakeLlm, serve
from tests.faults.machine import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.machine import Machine

pytestmark = pytest.mark.slow(minutes=1)

LATER, AT_ONCE = "'2099-01-01 00:00:00+00:00'", "'2020-01-01 00:00:00+00:00'"


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    for fake in serve():
        fake.behaviors = ["slow"]
        yield fake


def make_one_task(machine: Machine) -> tuple[int, int]:
    """A customer on trial with one task that is due; nobody else is on autopilot, and no
    pretend reply makes further tasks."""
    machine.environment["SANDBOX_WORLD"] = "FALSE"
    assert machine.run("seed_demo").returncode == 0
    # The trial's allowance is counted; nothing is counted for the house.
    [(customer,)] = machine.sql(
        "SELECT customer_id FROM billing_subscription WHERE NOT is_complimentary "
        "ORDER BY customer_id LIMIT 1"
    )
    machine.sql(f"UPDATE accounts_customer SET autopilot = (id = {customer})")
    done = machine.run("run_cycle", "--agent", "onboarding", "--customer", str(customer))
    assert done.returncode == 0, done.stderr
    [(task,)] = machine.sql(f"SELECT min(id) FROM agents_task WHERE customer_id = {customer}")
    machine.sql(f"UPDATE agents_task SET due_at = {LATER} WHERE id <> {task}")
    return customer, task


def kill_while_it_writes(machine: Machine, llm: FakeLlm, *, customer: int) -> None:
    machine.environment |= {
        "OPENAI_API_KEY": "sk-1234567890",
        "OPENAI_BASE_URL": llm.url,
        "OPENAI_MODEL": "small-model",
    }
    worker = machine.start_manage("run_cycle", "--agent", "ops", "--customer", str(customer))
    # The model is being asked: after the claim, before the record.
    assert eventually(lambda: bool(llm.requests), every=0.01), machine.output()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    machine.environment["OPENAI_API_KEY"] = ""


def test_a_task_whose_worker_was_killed_is_done_and_billed_once(
    machine: Machine, llm: FakeLlm
) -> None:
    customer, task = make_one_task(machine)
    look = (
        "SELECT t.status, t.attempts, t.fence, t.deliverable <> '', s.tasks_used "
        "FROM agents_task t JOIN billing_subscription s ON s.customer_id = t.customer_id "
        f"WHERE t.id = {task}"
    )
    kill_while_it_writes(machine, llm, customer=customer)
    assert [tuple(row) for row in machine.sql(look)] == [("running", 1, 1, False, 1)]
    machine.let_leases_end()

    machine.start_manage("autopilot")

    # Swept: waiting for its next try, and its piece of the allowance is free again.
    assert eventually(lambda: machine.sql(look) == [("pending", 1, 1, False, 0)]), machine.sql(look)
    machine.sql(f"UPDATE agents_task SET due_at = {AT_ONCE} WHERE id = {task}")
    machine.sql(
        f"UPDATE accounts_customer SET last_cycle_at = NULL, next_run_at = {AT_ONCE} "
        f"WHERE id = {customer}"
    )
    assert eventually(lambda: machine.sql(look) == [("done", 2, 2, True, 1)]), machine.sql(look)
    lines = "billing_invoiceline JOIN agents_task t ON t.invoice_line_id = billing_invoiceline.id"
    assert eventually(lambda: machine.count(lines) == 1)
    # Another pass adds nothing.
    machine.stop_all()
    machine.let_leases_end()
    again = ("--agent", "ops", "--agent", "billing", "--customer", str(customer))
    assert machine.run("run_cycle", *again).returncode == 0
    assert machine.sql(look) == [("done", 2, 2, True, 1)]
    assert machine.count("billing_invoiceline") == 1
    assert machine.count("agents_task WHERE deliverable <> ''") == 1
