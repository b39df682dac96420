"""SIGKILL at any moment of a pass: no task twice, no message twice, no lead lost."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import eventually

if TYPE_CHECKING:
    from tests.faults.machine import Machine

pytestmark = pytest.mark.slow(minutes=2)

KILLS = 12
WORK_LEFT = (
    "agents_message WHERE status IN ('claimed', 'sending')",
    "agents_task WHERE status = 'running'",
    "agents_inboundmessage WHERE status = 'pending'",
)


def kill_and_restart(machine: Machine, dice: random.Random) -> None:
    """Each kill falls within moments of a claim, so most fall into a pass."""
    for _ in range(KILLS):
        claims = machine.sql("SELECT sum(fence) FROM accounts_customer")
        autopilot = machine.start_manage("autopilot")
        assert eventually(
            lambda: machine.sql("SELECT sum(fence) FROM accounts_customer") != claims,  # noqa: B023 # called at once
            every=0.01,
        ), machine.output()
        time.sleep(dice.random() * 0.15)
        autopilot.send_signal(signal.SIGKILL)
        autopilot.wait()
        machine.let_leases_end()
        # Whole cycles each time: a follow-up pass is over before a kill can meet it.
        machine.sql(
            "UPDATE accounts_customer SET last_cycle_at = NULL, "
            "next_run_at = '2020-01-01 00:00:00+00:00'"
        )


def test_a_killed_autopilot_repeats_nothing_and_loses_nothing(machine: Machine) -> None:
    assert machine.run("seed_demo").returncode == 0
    kill_and_restart(machine, random.Random(20261120))

    machine.start_manage("autopilot")

    assert eventually(
        lambda: (
            machine.count("agents_task WHERE status = 'done'") > 3
            and machine.count("agents_message WHERE status = 'dry_run'") > 3
        ),
        seconds=120,
    )
    machine.sql("UPDATE agents_systemsettings SET is_autopilot_on = false")
    assert eventually(lambda: not any(map(machine.count, WORK_LEFT)), seconds=60), [
        (rows, machine.sql(f"SELECT * FROM {rows}")) for rows in WORK_LEFT
    ]
    machine.stop_all()
    # No message twice: one simulated send per message, one message per lead and step.
    assert (
        machine.count(
            "(SELECT message_pk FROM agents_sendattempt WHERE outcome IN ('dry_run', 'success') "
            "GROUP BY message_pk HAVING count(*) > 1) AS twice"
        )
        == 0
    )
    assert machine.count("agents_message WHERE status = 'dry_run'") == machine.count(
        "(SELECT DISTINCT message_pk FROM agents_sendattempt WHERE outcome = 'dry_run') AS sent"
    )
    # No task twice, and no line without its task.
    assert (
        machine.count(
            "(SELECT customer_id FROM agents_task GROUP BY customer_id, kind, dedupe_key "
            "HAVING count(*) > 1) AS twice"
        )
        == 0
    )
    assert machine.count("billing_invoiceline") == machine.count(
        "agents_task WHERE invoice_line_id IS NOT NULL"
    )
    # No lead lost: what was taken from the trial's allowance is there.
    counted = machine.sql(
        "SELECT s.leads_used, (SELECT count(*) FROM agents_lead l "
        "WHERE l.customer_id = s.customer_id) FROM billing_subscription s "
        "WHERE NOT s.is_complimentary ORDER BY 1"
    )
    assert [used for used, _ in counted] == [there for _, there in counted]
    assert any(used for used, _ in counted)
    # The kills did fall into passes, and were noticed.
    assert machine.count("agents_cyclerun WHERE outcome = 'abandoned'") > 0
    assert machine.count("agents_cyclerun WHERE outcome = 'failed'") == 0
