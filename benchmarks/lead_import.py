"""Lead import against the database's own limit and against a peer:
`python -m benchmarks.lead_import [--rows N]`.

Limit: COPY of the same rows into a temporary table, then INSERT … SELECT … ON CONFLICT DO
NOTHING into the real one, in one transaction, from a buffer that is made beforehand.
Peer: django-import-export with bulk inserts, on the same file.

What was measured when the import was built, and why it is as it is:

* A parameter for each value took as long as storing it, so rows travel as one JSON parameter
  or by COPY (`hossagent.lib.bulk`). `in` with a parameter for each of a hundred keys took
  longer than the statement itself (`hossagent.lib.lookups`).
* A transaction costs some 15 ms whatever it holds (staging, the allowance, the commit). With
  10,000 rows (`BATCH`) it holds the customer's lock for a quarter of a second on Postgres; on
  SQLite it holds the only write lock for 0.4 seconds, where others wait up to 20.
* email-validator takes 30 microseconds for an address, which was most of an import; ordinary
  addresses are read without it (`agents.leads.addresses`).
* An upload's chunk of 500 rows holds SQLite's write lock for about a tenth of a second
  (`agents.leads.services.imports.uploads`).
* Of a sheet that is formatted down to its end, a search of the bytes finds a value in a
  twentieth of the time that parsing takes; in pieces above 4 KB, Python's garbage collector
  took longer than the reading (`hossagent.lib.sheet_rows`).
"""

from __future__ import annotations

import argparse
import csv
import logging
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import medians_of, peak_megabytes, scratch_database, timed
from benchmarks.lead_list import fill

if TYPE_CHECKING:
    from accounts.models import Customer

NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
ROUNDS = 7
PEER_ROWS = 3_000
HEADER = ["Email", "Company", "Contact name", "Title", "Phone", "City", "State", "Website"]


def make_file(path: Path, rows: int) -> None:
    """A list as people have it: a fifth repeated addresses, a tenth repeated companies."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(rows):
            kind, back = draw.random(), draw.randrange(n + 1)
            person = back if kind < 0.2 else n
            company = back if 0.2 <= kind < 0.3 else person
            writer.writerow(
                [
                    f"person{person}@firm{company}.com",
                    f"Firm {company} Partners, Inc.",
                    f"Ada Byron {person}",
                    "Managing Director",
                    f"+1 512 555 {n % 10_000:04d}",
                    "Austin",
                    "TX",
                    f"https://www.firm{company}.com/",
                ]
            )


def new_customer() -> Customer:
    from tests.factories import CustomerFactory  # noqa: PLC0415 # after django.setup()

    customer: Customer = CustomerFactory.create(subscription__complimentary=True)
    return customer


def read_records(path: Path) -> tuple[Any, Any]:
    from agents.leads.columns import guess_mapping  # noqa: PLC0415 # after django.setup()
    from hossagent.lib.tables import read_csv  # noqa: PLC0415 # after django.setup()

    records = read_csv(path)
    return guess_mapping(next(records)), records


def whole_import(path: Path) -> float:
    from agents.leads.services.imports.records import import_records  # noqa: PLC0415 # after django.setup()

    customer = new_customer()

    def run() -> None:
        mapping, records = read_records(path)
        for _ in import_records(
            customer=customer,
            records=records,
            mapping=mapping,
            file_name=path.name,
            source="bench",
            now=NOW,
        ):
            pass

    return timed(run)


def prepared_rows(path: Path) -> list[Any]:
    from agents.leads.columns import to_candidate  # noqa: PLC0415 # after django.setup()
    from agents.leads.services.prepare import prepare  # noqa: PLC0415 # after django.setup()

    mapping, records = read_records(path)
    return [
        prepare(to_candidate(record, mapping, file_name=path.name), default_reason="r", now=NOW)
        for record in records
    ]


def database_step(rows: list[Any]) -> float:
    """What store_leads does once rows are prepared and checked, batch by batch."""
    from django.db import transaction  # noqa: PLC0415 # after django.setup()

    from accounts.models import Customer  # noqa: PLC0415 # after django.setup()
    from agents.leads.services.store import BATCH  # noqa: PLC0415 # after django.setup()
    from agents.leads.services.store.insert import insert_leads  # noqa: PLC0415 # after django.setup()

    customer = new_customer()

    def run() -> None:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            with transaction.atomic():
                Customer.objects.lock(customer.pk)
                insert_leads(customer, batch, source="bench", now=NOW)

    return timed(run)


def copy_limit(rows: list[Any]) -> tuple[float, int]:
    """(seconds, rows inserted) of COPY + INSERT … SELECT … ON CONFLICT DO NOTHING."""
    from django.db import connection, transaction  # noqa: PLC0415 # after django.setup()
    from psycopg.types.json import Jsonb  # noqa: PLC0415 # after django.setup()

    from agents.models import Lead  # noqa: PLC0415 # after django.setup()

    customer = new_customer()
    fields = [field for field in Lead._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 # Django's documented _meta API
    constant = {"customer_id": customer.pk, "source": "bench", "status": "new", "created_at": NOW}
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staging")
        cursor.execute("CREATE TEMPORARY TABLE staging (LIKE agents_lead INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE staging ALTER COLUMN id DROP NOT NULL")
        # The buffer: COPY's own text, so that the limit is the server's work alone.
        with cursor.copy(f"COPY staging ({names}) FROM STDIN") as copy:
            for row in rows:
                values = [
                    getattr(row, field.attname, constant.get(field.attname, field.get_default()))
                    for field in fields
                ]
                copy.write_row(
                    [Jsonb(value) if isinstance(value, dict | list) else value for value in values]
                )
        with cursor.copy(f"COPY staging ({names}) TO STDOUT") as copy:
            buffer = b"".join(bytes(block) for block in copy)
        cursor.execute("TRUNCATE staging")
        inserted = 0

        def run() -> None:
            nonlocal inserted
            with transaction.atomic():
                with cursor.copy(f"COPY staging ({names}) FROM STDIN") as copy:
                    copy.write(buffer)
                cursor.execute(
                    f"INSERT INTO agents_lead ({names}) SELECT {names} FROM staging "
                    "ON CONFLICT DO NOTHING"
                )
                inserted = cursor.rowcount

        return timed(run), inserted


def peer_import(path: Path, rows: int) -> float:
    """django-import-export: the same file's first rows, keys computed as we compute them."""
    import tablib  # type: ignore[import-untyped] # noqa: PLC0415 # ships no types
    from import_export import resources  # noqa: PLC0415 # after django.setup()

    from agents.models import Lead  # noqa: PLC0415 # after django.setup()
    from hossagent.lib.text import company_key, normalize_email, registrable_domain  # noqa: PLC0415 # after django.setup()

    customer = new_customer()

    class LeadResource(resources.ModelResource):
        class Meta:
            model = Lead
            import_id_fields = ("email_key",)
            fields = (
                *("company", "contact_name", "contact_title", "email", "phone", "website"),
                *("location", "email_key", "company_key", "domain", "reason", "source"),
            )
            use_bulk = True
            batch_size = 1_000
            skip_diff = True
            skip_html_diff = True
            skip_unchanged = True

        def get_queryset(self) -> Any:
            return Lead.objects.filter(customer=customer)

        def before_import_row(self, row: Any, **kwargs: Any) -> None:
            row.update(
                location=f"{row['city']}, {row['state']}",
                email_key=normalize_email(row["email"]),
                company_key=company_key(row["company"]),
                domain=registrable_domain(row["email"]),
                reason="r",
                source="bench",
            )

        def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001 # the library's own
            instance.customer_id = customer.pk
            instance.created_at = NOW

        def bulk_create(self, *args: Any, **kwargs: Any) -> None:
            made = list(self.create_instances)
            Lead.objects.bulk_create(made, ignore_conflicts=True)
            self.create_instances.clear()

    with path.open(encoding="utf-8", newline="") as file:
        given = list(csv.reader(file))[1 : rows + 1]
    computed = ("location", "email_key", "company_key", "domain", "reason", "source")
    columns = ("email", "company", "contact_name", "contact_title", "phone", "city", "state")
    data = tablib.Dataset(
        *((*row, *[""] * len(computed)) for row in given), headers=(*columns, "website", *computed)
    )
    peer: Any = LeadResource
    seconds = timed(lambda: peer().import_data(data, raise_errors=True))
    if not Lead.objects.filter(customer=customer).exists():
        raise SystemExit("the peer imported nothing; the comparison would be void")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        logging.getLogger("agents").setLevel(logging.WARNING)
        path = Path(folder) / "leads.csv"
        make_file(path, options.rows)
        fill(new_customer(), 200_000)
        rows = prepared_rows(path)
        inserted: set[int] = set()

        def limit() -> float:
            seconds, count = copy_limit(rows)
            inserted.add(count)
            return seconds

        medians = medians_of(
            {
                "limit": limit,
                "database step": lambda: database_step(rows),
                "whole import": lambda: whole_import(path),
            },
            count=ROUNDS,
        )
        peer = peer_import(path, PEER_ROWS) / PEER_ROWS * options.rows
        print(f"Lead import, {options.rows:,} rows, median of {ROUNDS} rounds")
        for name, seconds in {**medians, "django-import-export": peer}.items():
            rate = options.rows / seconds
            ratio = medians["limit"] / seconds
            print(f"  {name:<22} {seconds:7.2f} s  {rate:10,.0f} rows/s  {ratio:5.3f} of the limit")
        print(f"  inserted by the limit: {sorted(inserted)}")
        print(
            f"  whole import against the peer: {peer / medians['whole import']:.1f} times as fast"
        )
        print("  targets: database step 0.8, whole import 0.15 of the limit; peer 10 times")
        print(f"\nPeak memory of this process: {peak_megabytes():.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
