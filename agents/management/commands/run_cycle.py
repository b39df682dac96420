"""manage.py run_cycle: run the agents by hand, for one customer or all, one agent or five."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from accounts.models import Customer
from agents.autopilot.services.cycles import run_cycle
from agents.lease import CustomerBusy
from agents.states import CycleAgent, CycleOutcome
from hossagent import subsystems
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterable

    from agents.models import CycleRun

COLORS = {
    CycleOutcome.OK: "green",
    CycleOutcome.FAILED: "red",
    CycleOutcome.ABANDONED: "red",
    CycleOutcome.SKIPPED: "yellow",
}


class Command(BaseCommand):
    help = (
        "Run a cycle now, due or not, and show what each agent did. While the autopilot is "
        "off, it finds leads and writes emails, and sends nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--agent",
            choices=CycleAgent.values,
            action="append",
            help="Only this agent; repeatable.",
        )
        parser.add_argument(
            "--customer", type=int, help="Only this customer (default: all with autopilot on)."
        )
        parser.add_argument(
            "--now", help="Run as if it were this time, for example 2026-03-04T17:00:00Z."
        )

    def handle(
        self,
        *args: Any,
        agent: list[str] | None,
        customer: int | None,
        now: str | None,
        **options: Any,
    ) -> None:
        moment = _clock(now)
        agents = [CycleAgent(name) for name in agent] if agent else None
        subsystems.log_fallbacks()
        table = Table("Customer", "Agent", "Outcome", "Did", "Seconds", title="Cycle")
        failed = False
        for row in _customers(customer):
            failed |= _run(row, table, clock_=moment, agents=agents)
        Console(file=cast("IO[str]", self.stdout)).print(table)
        if failed:
            sys.exit(1)


def _clock(text: str | None) -> Callable[[], datetime]:
    if text is None:
        return clock.now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--now: {text!r} is not a time such as 2026-03-04T17:00Z.") from error
    if moment.tzinfo is None:
        raise CommandError(f"--now: {text!r} needs a time zone, for example {text}Z.")
    moment = moment.astimezone(UTC)
    return lambda: moment


def _customers(pk: int | None) -> Iterable[Customer]:
    if pk is None:
        everybody: Iterable[Customer] = Customer.objects.filter(autopilot=True).order_by("pk")
        return everybody
    found = Customer.objects.filter(pk=pk).first()
    if found is None:
        raise CommandError(f"--customer: there is no customer {pk}.")
    return [found]


def _run(
    customer: Customer,
    table: Table,
    *,
    clock_: Callable[[], datetime],
    agents: list[CycleAgent] | None,
) -> bool:
    """Add the customer's lines to the table; True when an agent failed."""
    try:
        runs = run_cycle(customer=customer, now=clock_(), agents=agents, by="command", clock=clock_)
    except CustomerBusy as busy:
        table.add_row(customer.company, "-", Text("busy", "yellow"), str(busy), "")
        return False
    for run in runs:
        table.add_row(customer.company, *_cells(run))
    return any(run.outcome == CycleOutcome.FAILED for run in runs)


def _cells(run: CycleRun) -> tuple[str, Text, str, str]:
    outcome = CycleOutcome(run.outcome)
    did = ", ".join(f"{name} {count}" for name, count in run.counts.items() if count)
    seconds = (run.finished_at - run.started_at).total_seconds()
    return (
        CycleAgent(run.agent).label,
        Text(outcome.value, COLORS.get(outcome, "")),
        run.error or did,
        f"{seconds:.2f}",
    )
