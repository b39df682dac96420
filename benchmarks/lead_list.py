"""The lead list at 1,000,000 leads against 1,000, filter by filter:
`python -m benchmarks.lead_list [--leads N]`.

Answers, per filter, the median seconds of a page at either size, their ratio, and how many
queries each page took; then the file of all leads against Postgres's own COPY of the same
columns to CSV, and what writing it does to the memory.
"""

from __future__ import annotations

import argparse
import logging
import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.harness import medians_of, peak_megabytes, scratch_database, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Customer

# What the list of many leads is compared with.
FEW_LEADS = 1_000
REQUESTS = 41
EXPORTS = 3


def fill(customer: Customer, leads: int) -> None:
    """Make `leads` leads in one statement: mostly finished ones, as after years of work. One in
    a thousand is held, one has replied, one was qualified."""
    from django.db import connection  # noqa: PLC0415 # after django.setup()

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO agents_lead (customer_id, company, contact_name, contact_title, email,
              website, phone, location, country, timezone, email_key, company_key, domain,
              address_check, address_flags, status, is_fictional, source, provenance, evidence,
              reason, research_attempts, research_result, created_at, last_contacted_at,
              replied_at, qualified_at)
            SELECT %s, 'Firm ' || n, 'Ada Byron', 'Owner', 'p' || n || '@firm' || n || '.com',
              '', '', 'Austin, Texas', 'US', '', 'p' || n || '@firm' || n || '.com',
              'firm ' || n, 'firm' || n || '.com',
              CASE WHEN n %% 1000 = 1 THEN 'risky' ELSE 'unverified' END, '',
              CASE WHEN n %% 20 = 0 THEN 'new' ELSE 'contacted' END, false, 'bench', '{}', '[]',
              'A firm in Austin.', 0, '', now(),
              CASE WHEN n %% 20 = 0 THEN NULL ELSE now() END,
              CASE WHEN n %% 1000 = 2 THEN now() END, CASE WHEN n %% 1000 = 3 THEN now() END
            FROM generate_series(1, %s) AS n
            """,
            [customer.pk, leads],
        )


def list_pages(leads: int) -> None:
    from django.db import connection  # noqa: PLC0415 # after django.setup()
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 # after django.setup()

    from agents.models import Lead  # noqa: PLC0415 # after django.setup()
    from tests.factories import MembershipFactory  # noqa: PLC0415 # after django.setup()
    from tests.helpers.clients import SiteClient  # noqa: PLC0415 # after django.setup()

    clients = {}
    for size in (FEW_LEADS, leads):
        membership = MembershipFactory.create()
        fill(membership.customer, size)
        client = SiteClient()
        client.force_login(membership.user)
        middle = Lead.objects.filter(customer=membership.customer).order_by("pk")
        clients[size] = client, middle[size // 2].pk
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE agents_lead")
    print(f"\nLead list, {leads:,} leads against 1,000 (median of {REQUESTS} requests)")
    for label, query in (
        ("newest", ""),
        ("half way down", "?before={middle}"),
        ("one state", "?status=new"),
        ("held addresses", "?show=held"),
        ("written to", "?reached=contacted"),
        ("have replied", "?reached=replied"),
        ("were qualified", "?reached=qualified"),
        ("have work done", "?reached=worked"),
        ("company begins with", "?search=firm 9"),
        ("address begins with", "?search=p77"),
        ("everybody begins so", "?search=p"),
        ("one begins so", "?search=p777@"),
        ("nobody begins so", "?search=zz"),
        ("words, half way down", "?search=firm 9&before={middle}"),
        ("words in one state", "?search=firm 9&status=new"),
    ):
        found: dict[str, Callable[[], float]] = {}
        counts = []
        for size, (client, middle_pk) in clients.items():
            url = f"/portal/leads/{query.format(middle=middle_pk)}"
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(url).status_code == 200
            counts.append(len(captured))
            found[str(size)] = partial(timed, partial(client.get, url))
        medians = list(medians_of(found, count=REQUESTS).values())
        same = "same" if counts[0] == counts[1] else "DIFFERENT"
        print(
            f"  {label:<20} {medians[0] * 1000:6.1f} ms  {medians[1] * 1000:6.1f} ms"
            f"  ratio {medians[1] / medians[0]:5.2f}  queries {counts[0]} and {counts[1]} ({same})"
        )


def export(leads: int) -> None:
    """The download of all leads, taken as the web server takes it: block by block."""
    from django.db import connection  # noqa: PLC0415 # after django.setup()

    from agents.leads.selectors.download import COLUMNS  # noqa: PLC0415 # after django.setup()
    from agents.models import Lead  # noqa: PLC0415 # after django.setup()
    from tests.factories import MembershipFactory  # noqa: PLC0415 # after django.setup()
    from tests.helpers.clients import SiteClient  # noqa: PLC0415 # after django.setup()

    membership = MembershipFactory.create()
    fill(membership.customer, leads)
    client = SiteClient()
    client.force_login(membership.user)
    names = ", ".join(COLUMNS.values())
    query = f"SELECT {names} FROM {Lead._meta.db_table} WHERE customer_id = %s ORDER BY id DESC"  # noqa: SLF001 # Django's documented _meta API

    def ours() -> None:
        lines = sum(block.count(b"\n") for block in client.get("/portal/leads/download/"))
        assert lines == leads + 1

    def copy() -> None:
        with connection.cursor() as cursor:
            statement = cursor.mogrify(query, [membership.customer.pk])
            with cursor.copy(f"COPY ({statement}) TO STDOUT WITH CSV HEADER") as blocks:
                assert sum(bytes(block).count(b"\n") for block in blocks) == leads + 1

    before = peak_megabytes()
    medians = medians_of(
        {"download": partial(timed, ours), "COPY": partial(timed, copy)}, count=EXPORTS
    )
    ratio = medians["COPY"] / medians["download"]
    print(f"\nThe file of {leads:,} leads (median of {EXPORTS})")
    for name, seconds in medians.items():
        print(f"  {name:<10} {seconds:6.2f} s  {leads / seconds:10,.0f} leads/s")
    print(
        f"  {ratio:.3f} of COPY; peak memory {before:.0f} MB before, {peak_megabytes():.0f} after"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.leads <= FEW_LEADS:
        parser.error(f"--leads: more than the {FEW_LEADS:,} they are compared with")
    with scratch_database():
        from django.conf import settings  # noqa: PLC0415 # after django.setup()

        settings.ALLOWED_HOSTS = ["*"]
        logging.getLogger("agents").setLevel(logging.WARNING)
        export(options.leads // 10)
        list_pages(options.leads)
        print(f"\nPeak memory of this process: {peak_megabytes():.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
