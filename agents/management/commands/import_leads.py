"""manage.py import_leads FILE.csv --customer ID: import a table of leads for one customer."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts.models import Customer
from agents.leads.services.imports import (
    FIELDS,
    OUTCOME_COLUMNS,
    ListQuality,
    NoAddressColumn,
    UnknownMapping,
    guess_mapping,
    import_records,
    list_quality,
    list_warnings,
)
from agents.leads.services.store import RowOutcome
from hossagent.lib import clock
from hossagent.lib.csv_export import write_csv
from hossagent.lib.tables import Record, UnreadableTable, read_csv

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator


class Command(BaseCommand):
    help = "Import leads from a CSV file. Importing the same file again creates nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with a header row, in any encoding.")
        parser.add_argument("--customer", type=int, required=True, help="Customer ID.")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"Match a column yourself; repeatable. Fields: {', '.join(FIELDS)}.",
        )
        parser.add_argument(
            "--outcome",
            type=Path,
            help="Where to write each row's outcome; default: next to the file.",
        )
        parser.add_argument("--encoding", default="", help="Only if the detected one is wrong.")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = (
            Customer.objects.select_related("subscription", "profile")
            .filter(pk=options["customer"])
            .first()
        )
        if customer is None:
            raise CommandError(f"There is no customer {options['customer']}.")
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        outcome: Path = options["outcome"] or path.with_name(f"{path.stem}.outcome.csv")
        if outcome.resolve() == path.resolve():
            raise CommandError("The outcome file must not be the imported file.")
        try:
            counts, quality = self._import(customer, path, outcome, options)
        except (NoAddressColumn, UnknownMapping, UnreadableTable) as error:
            raise CommandError(str(error)) from error
        parts = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in RowOutcome)
        self.stdout.write(f"{sum(counts.values())} rows: {parts}.")
        for warning in list_warnings(quality):
            self.stdout.write(f"Note: {warning}")
        self.stdout.write(f"Each row's outcome: {outcome}")

    def _import(
        self, customer: Customer, path: Path, outcome: Path, options: dict[str, Any]
    ) -> tuple[Counter[str], ListQuality]:
        # Counting first proves the whole file readable before anything is stored.
        total = sum(1 for _ in read_csv(path, encoding=options["encoding"]))
        records = read_csv(path, encoding=options["encoding"])
        first = next(records, None)
        if first is None:
            raise CommandError(f"{path} is empty.")
        mapping = guess_mapping(first, _choices(options["map"]))
        rows: Iterator[Record] = records
        if mapping.has_header:
            total -= 1
        else:
            rows = chain([first], records)
        width = len(first.cells)
        counts: Counter[str] = Counter()
        quality = ListQuality()
        with ExitStack() as stack:
            file = stack.enter_context(outcome.open("w", encoding="utf-8-sig", newline=""))
            bar = stack.enter_context(self._progress())
            task = bar.add_task("Importing", total=total)
            header = (
                first.cells if mapping.has_header else [f"column {n + 1}" for n in range(width)]
            )
            write_csv(file, [[*header, *OUTCOME_COLUMNS]])
            for batch in import_records(
                customer=customer,
                records=rows,
                mapping=mapping,
                file_name=path.name,
                source="csv_import",
                now=clock.now(),
            ):
                write_csv(file, [row.outcome_cells(width) for row in batch])
                counts.update(row.result.outcome.value for row in batch)
                quality += list_quality(batch)
                bar.advance(task, len(batch))
        return counts, quality

    def _progress(self) -> Progress:
        console = Console(stderr=True)
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )


def _choices(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        name, equals, heading = pair.partition("=")
        if not equals:
            raise CommandError(f"--map takes FIELD=COLUMN, not {pair!r}.")
        chosen[name.strip()] = heading.strip()
    return chosen
