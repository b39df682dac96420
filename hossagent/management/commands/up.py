"""Everything on one machine: database, operator, demo, web server and autopilot."""

from __future__ import annotations

import io
import signal
import socket
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from accounts.services.operators import ensure_first_operator
from agents.sandbox.services.demo import find_demo, seed_demo
from billing.management.commands import stripe_stand_in
from hossagent.embedded.supervisor import Child, Supervisor
from hossagent.lib import clock
from hossagent.lib.sqlite import unsynced
from hossagent.storage import require_database

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from contextlib import AbstractContextManager

    from django.db.migrations import Migration

GUNICORN = "python:hossagent.gunicorn_conf"
MANAGE = settings.BASE_DIR / "manage.py"
STAND_IN = {
    "ENABLE_STRIPE": "TRUE",
    "STRIPE_API_KEY": stripe_stand_in.KEY,
    "STRIPE_WEBHOOK_SECRET": stripe_stand_in.SECRET,
    "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_stand_in.PORT}",
}


# What listens on every interface is no address to go to.
EVERYWHERE = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 # compared with, not bound to


class Command(BaseCommand):
    help = "Run the whole service here: web server and autopilot, no broker. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="Address and port.")
        parser.add_argument("--no-demo", action="store_true", help="Without the demo customers.")
        parser.add_argument(
            "--with-stripe-stand-in",
            action="store_true",
            help="With a pretend Stripe, to try the paid path. No money moves.",
        )

    def handle(
        self, *args: Any, bind: str, no_demo: bool, with_stripe_stand_in: bool, **options: Any
    ) -> None:
        console = Console()
        if with_stripe_stand_in and settings.CONFIG.RELEASE_MODE:
            raise CommandError("There is no stand-in for Stripe when RELEASE_MODE=TRUE.")
        _refuse_taken_port(bind)
        _migrate(console)
        if settings.CONFIG.RELEASE_MODE:
            call_command("collectstatic", interactive=False, verbosity=0)
        elif not no_demo:
            seed_demo(now=clock.now())
        _say_where(console, bind)
        connections.close_all()
        supervisor = Supervisor(_children(bind, with_stand_in=with_stripe_stand_in))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.stop)
        supervisor.run()
        console.print("Stopped.")


def _children(bind: str, *, with_stand_in: bool) -> list[Child]:
    python = sys.executable
    children = [
        Child("web", [python, "-m", "gunicorn", "-c", GUNICORN, "-b", bind, "hossagent.wsgi"]),
        Child("autopilot", [python, str(MANAGE), "autopilot", "--queues", "dispatch,send"]),
        Child("ops", [python, str(MANAGE), "autopilot", "--queues", "ops"]),
    ]
    environment = {}
    if with_stand_in or "BASE_URL" not in settings.CONFIG.model_fields_set:
        # Nobody named an address, so the links in mails lead to where it listens.
        environment["BASE_URL"] = _address(bind)
    if with_stand_in:
        children.append(Child("stripe stand-in", [python, str(MANAGE), "stripe_stand_in"]))
        environment |= STAND_IN
    # The whole group believes in it; what starts it stays as it was.
    told = ["/usr/bin/env", *(f"{name}={value}" for name, value in environment.items())]
    return [Child(child.name, [*told, *child.argv]) for child in children]


def _address(bind: str) -> str:
    """Where a browser on this machine finds what listens at `bind`."""
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"


def _refuse_taken_port(bind: str) -> None:
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise CommandError(f"--bind: expected ADDRESS:PORT, got {bind!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {bind}: {error.strerror}. "
                "Stop what uses it, or choose another with `manage.py up --bind 127.0.0.1:8001`."
            ) from error


_HEADINGS_OF_DJANGO = ("Operations to perform:", "Running migrations:", " ")


class _Advance(io.TextIOBase):
    """Takes what `migrate` prints and moves a progress bar with every line it finishes.

    What our `migrate` announces, such as tables that are written anew, is shown as it is.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress = progress
        self.task = progress.add_task("Making the tables", total=total)

    def write(self, text: str) -> int:
        if "Applying" in text:
            name = text.strip().removeprefix("Applying ").removesuffix("...")
            self.progress.update(self.task, description=f"Making the tables: {name}")
        elif " OK" in text:
            self.progress.advance(self.task)
        elif not text.startswith(_HEADINGS_OF_DJANGO):
            self.progress.console.print(text.strip(), highlight=False, markup=False)
        return len(text)


def _pending() -> list[tuple[Migration, bool]]:
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def _migrate(console: Console) -> None:
    require_database(connection)
    pending = len(_pending())
    if not pending:
        return
    console.print(f"Preparing the database: {pending} steps.")
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, _unsynced_when_new():
        call_command("migrate", interactive=False, stdout=_Advance(progress, pending))
    console.print(f"The tables took {time.monotonic() - began:.0f} s.", highlight=False)


def _unsynced_when_new() -> AbstractContextManager[None]:
    """A database without tables is made without waiting for the disk; one that holds
    something is changed as carefully as ever."""
    if connection.introspection.table_names():
        return nullcontext()
    return unsynced(connection)


def _say_where(console: Console, bind: str) -> None:
    base = settings.CONFIG.BASE_URL if settings.CONFIG.RELEASE_MODE else _address(bind)
    console.print(f"\n[bold]HossAgent[/bold] is at [bold]{base}/[/bold]  (Ctrl-C stops it)")
    operator = ensure_first_operator(now=clock.now())
    password = (
        f"password [bold]{operator.password}[/bold]" if operator.password else "your password"
    )
    console.print(
        f"Console        {base}/admin/   {operator.email}, {password}",
        highlight=False,
        soft_wrap=True,
    )
    demo = find_demo()
    if demo is not None:
        console.print(
            f"Demo portal    {base}/portal/{demo.public_token}", highlight=False, soft_wrap=True
        )
        console.print(
            f"               to sign in as the demo: manage.py login_link {demo.email}\n",
            highlight=False,
            soft_wrap=True,
        )
