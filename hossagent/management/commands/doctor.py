"""What is configured, what is missing, and what to do about it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, cast

import redis
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max
from rich.console import Console
from rich.table import Table
from rich.text import Text

from accounts.models import Customer, OutboxMail, User
from accounts.states import OutboxStatus
from agents.backfills.selectors import list_progress
from agents.backfills.services.operations import RequireBackfill
from agents.models import Heartbeat, SystemSettings
from hossagent import __version__, schedule, subsystems
from hossagent.config import EmailMode
from hossagent.lib import clock
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from hossagent.config import Config


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    MISSING = "missing"


COLORS = {
    Verdict.OK: "green",
    Verdict.NOTE: "",
    Verdict.WARNING: "yellow",
    Verdict.MISSING: "red",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. MISSING makes the command fail."""

    subject: str
    verdict: Verdict
    says: str
    fix: str = ""


class Command(BaseCommand):
    help = "Show each subsystem, what is missing and how to fix it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(examine(settings.CONFIG, now=clock.now()))
        table = Table(title="HossAgent")
        for heading in ("What", "", "State", "To do"):
            table.add_column(heading, overflow="fold")
        for finding in findings:
            verdict = Text(finding.verdict.value, COLORS[finding.verdict])
            table.add_row(finding.subject, verdict, finding.says, finding.fix)
        Console(file=cast("IO[str]", self.stdout)).print(table)
        if any(finding.verdict is Verdict.MISSING for finding in findings):
            sys.exit(1)


def examine(config: Config, *, now: datetime) -> Iterator[Finding]:
    """Every finding. What needs the database is left out when it does not answer."""
    yield Finding("version", Verdict.OK, __version__)
    yield from _release_mode(config)
    for subsystem in subsystems.all_subsystems(config):
        yield _subsystem(subsystem, config)
    yield _redis(config)
    database = _database()
    yield database
    if database.verdict is Verdict.OK:
        yield from _rows(config, now=now)


def _release_mode(config: Config) -> Iterator[Finding]:
    if not config.RELEASE_MODE:
        world = "the sandbox world answers" if config.sandbox_world_on else "no sandbox world"
        yield Finding(
            "release mode", Verdict.NOTE, f"off, {world}", "Set RELEASE_MODE=TRUE to go live."
        )
        return
    yield Finding("release mode", Verdict.OK, f"on, at {config.BASE_URL}")
    if not config.BASE_URL.startswith("https://"):
        yield Finding(
            "address",
            Verdict.MISSING,
            f"BASE_URL is {config.BASE_URL}",
            "Set BASE_URL to the https:// address people use. Cookies are sent over https only.",
        )
    for name in ("SUPPORT_EMAIL", "OPERATOR_EMAIL"):
        value = getattr(config, name)
        if not value or value.endswith(".example"):
            yield Finding(
                name, Verdict.MISSING, value or "not set", f"Set {name} to an address you read."
            )
    if config.MAX_EMAILS_PER_HOUR > subsystems.HIGH_VOLUME_PER_HOUR:
        yield Finding(
            "volume",
            Verdict.WARNING,
            f"MAX_EMAILS_PER_HOUR is {config.MAX_EMAILS_PER_HOUR}",
            "Warm up the domain before you go above 100 an hour: docs/operate/release_mode.md.",
        )


def _subsystem(subsystem: subsystems.Subsystem, config: Config) -> Finding:
    if subsystem.is_live:
        return Finding(subsystem.name, Verdict.OK, f"LIVE: {subsystem.reason}")
    verdict = Verdict.NOTE
    if subsystem.wanted_live:
        verdict = Verdict.MISSING if config.RELEASE_MODE else Verdict.WARNING
    return Finding(subsystem.name, verdict, f"DRY_RUN: {subsystem.reason}", subsystem.fix)


def _redis(config: Config) -> Finding:
    if not config.REDIS_URL:
        return Finding(
            "workers",
            Verdict.NOTE,
            "no REDIS_URL: the embedded loop of `manage.py up` does the work",
            "" if not config.RELEASE_MODE else "Set REDIS_URL to use more than one machine.",
        )
    try:
        redis.Redis.from_url(config.REDIS_URL, socket_timeout=2).ping()
    except (redis.RedisError, ValueError) as error:
        return Finding(
            "workers", Verdict.MISSING, f"Redis: {error}", "Start Redis or fix REDIS_URL."
        )
    return Finding("workers", Verdict.OK, "Redis answers")


def _database() -> Finding:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Finding("database", Verdict.MISSING, str(error).strip(), "Fix DATABASE_URL.")
    name = f"{connection.vendor} {connection.settings_dict['NAME']}"
    if pending:
        says = f"{name}: {plural(len(pending), 'migration is', 'migrations are')} not applied"
        needed = sorted(
            operation.name
            for migration, _ in pending
            for operation in migration.operations
            if isinstance(operation, RequireBackfill)
        )
        first = f"Once done: {', '.join(needed)} (`manage.py backfills`). " if needed else ""
        return Finding("database", Verdict.MISSING, says, f"{first}Run `manage.py migrate`.")
    newer = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
    if newer:
        says = f"{name}: of a newer version, with {plural(len(newer), 'migration')} unknown here"
        return Finding(
            "database",
            Verdict.NOTE,
            says,
            "Good for one version back: docs/operate/upgrading.md#go-back-one-version.",
        )
    return Finding("database", Verdict.OK, name)


def _rows(config: Config, *, now: datetime) -> Iterator[Finding]:
    examinations: tuple[Callable[[], Finding | None], ...] = (
        _switches,
        _operators,
        _house,
        lambda: _heartbeats(config, now=now),
        lambda: _outbox(now=now),
        lambda: _backfills(now=now),
    )
    for examination in examinations:
        finding = examination()
        if finding is not None:
            yield finding


def _switches() -> Finding:
    row = SystemSettings.objects.get()
    if not row.is_autopilot_on:
        return Finding("autopilot", Verdict.WARNING, "turned off", "Turn it on at /admin.")
    if row.outreach_stopped_at is not None:
        says = f"outreach stopped since {row.outreach_stopped_at:%Y-%m-%d %H:%M} UTC"
        return Finding("autopilot", Verdict.WARNING, says, "Resume outreach at /admin.")
    return Finding("autopilot", Verdict.OK, "on")


def _operators() -> Finding:
    if User.objects.filter(is_staff=True, is_active=True).exists():
        return Finding("operator", Verdict.OK, "an operator can sign in at /admin")
    return Finding(
        "operator",
        Verdict.MISSING,
        "no operator can sign in at /admin",
        "Run `manage.py createoperator you@agency.com`, or start `manage.py up`.",
    )


def _house() -> Finding | None:
    if Customer.objects.filter(is_house=True).exists():
        return None
    return Finding("house", Verdict.NOTE, "there is no house customer", "Mark one in /admin.")


def _heartbeats(config: Config, *, now: datetime) -> Finding:
    beats = dict(Heartbeat.objects.values_list("loop", "beat_at"))
    # A loop that is new here has had no turn before the tables were made for it.
    newest = MigrationRecorder.Migration.objects.aggregate(at=Max("applied"))["at"] or now
    reads_mailbox = config.EMAIL_MODE is EmailMode.SMTP and subsystems.email(config).is_live
    late = [
        loop.task
        for loop in schedule.loops(config)
        if now - beats.get(loop.task, newest) > timedelta(seconds=2 * loop.seconds + 60)
        and (loop.task != "agents.poll_inbox" or reads_mailbox)
    ]
    if not late:
        return Finding("loops", Verdict.OK, "all have run recently")
    return Finding(
        "loops",
        Verdict.WARNING,
        "not run recently: " + ", ".join(late),
        "Start `manage.py up`, or the workers and beat: docs/operate/operations.md.",
    )


def _outbox(*, now: datetime) -> Finding | None:
    failed = OutboxMail.objects.filter(status=OutboxStatus.FAILED).count()
    late = OutboxMail.objects.filter(not_before_at__lt=now - timedelta(hours=1)).count()
    held = OutboxMail.objects.filter(status=OutboxStatus.HELD).count()
    if failed or late:
        says = f"{failed} failed, {late} late by more than an hour"
        return Finding("account email", Verdict.WARNING, says, "Look at the outbox in /admin.")
    if held:
        return Finding("account email", Verdict.NOTE, f"{held} held until email is live")
    return None


def _backfills(*, now: datetime) -> Finding | None:
    """The next release may need them done, and its `migrate` then refuses."""
    open_ones = [progress for progress in list_progress(now=now) if not progress.is_over]
    if not open_ones:
        return None
    says = "; ".join(
        f"{progress.name} is {progress.status}: {progress.error or f'{progress.done:,} rows done'}"
        for progress in open_ones
    )
    if any(progress.is_failing for progress in open_ones):
        return Finding(
            "backfills",
            Verdict.WARNING,
            says.replace(" is running: ", " is failing: "),
            "It is tried again every minute, five times in all. Read the error and mend the cause.",
        )
    if any(progress.needs_a_person for progress in open_ones):
        fix = "Continue at /admin or with `manage.py backfills --continue NAME`."
        return Finding("backfills", Verdict.WARNING, says, fix)
    return Finding("backfills", Verdict.NOTE, says, "Nothing; the workers fill the rows.")
