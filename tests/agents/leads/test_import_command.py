"""`manage.py import_leads` on a file of 5,000 rows with everything people do to files."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from agents.models import Lead, Suppression
from agents.states import SuppressionKind, SuppressionReason
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import Customer

pytestmark = pytest.mark.django_db

HEADER = [
    "First Name",
    "Last Name",
    "Job Title",
    "Company Name",
    "E-mail",
    "Phone",
    "City",
    "State",
]
BAD_ADDRESSES = ["", "n/a", "ada@", "two@a.com two@b.com", "ada@clinic", "@clinic.com"]


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create(subscription__complimentary=True)


def make_rows() -> tuple[list[list[str]], Counter[str]]:
    """5,000 rows whose outcomes are known one by one."""
    rows: list[list[str]] = []
    expected: Counter[str] = Counter()

    def add(outcome: str, n: int, **cells: str) -> None:
        row = {
            "first": "Zoë",
            "last": f"O'Neil {n}",
            "title": "Owner,\nFounder" if n % 9 == 0 else "Owner",
            "company": f"Café {n}",
            "email": f"zoe@cafe{n}.com",
            "phone": "+1 512 555 0100",
            "city": "Austin",
            "state": "TX",
        }
        rows.append(list({**row, **cells}.values()))
        expected[outcome] += 1

    for n in range(4_000):
        add("created", n)
    for n in range(400):
        add("duplicate", n, email=f" ZOE@CAFE{n}.COM ", company="Elsewhere")
    for n in range(200):
        add("duplicate", n, email=f"owner@cafe{n}.com", company=f"CAFÉ {n}, Inc.")
    for n in range(300):
        add("invalid", n, email=BAD_ADDRESSES[n % 6])
    for n in range(50):
        add("suppressed", n, email=f"someone{n}@blocked.com", company=f"Blocked {n}")
    for n in range(50):
        add("created", n, email=f"sum{n}@formula{n}.com", company=f"=SUM(A{n})")
    return rows, expected


def write(path: Path, rows: list[list[str]], *, encoding: str, delimiter: str = ",") -> None:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def read_outcomes(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(path: Path, customer: Customer, **options: Any) -> str:
    out = StringIO()
    call_command("import_leads", str(path), customer=customer.pk, stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("latin-1", ";"), ("utf-16", "\t")]
)
def test_every_row_of_a_large_file_has_its_outcome(
    customer: Customer, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    Suppression.objects.create(
        kind=SuppressionKind.DOMAIN,
        value_hash=stable_hash("blocked.com", purpose="suppression"),
        reason=SuppressionReason.MANUAL,
        created_at=NOON,
    )
    rows, expected = make_rows()
    path, outcome = tmp_path / "leads.csv", tmp_path / "result.csv"
    write(path, [HEADER, *rows], encoding=encoding, delimiter=delimiter)

    said = run(path, customer, outcome=outcome)

    results = read_outcomes(outcome)
    assert Counter(row["outcome"] for row in results) == expected
    assert said.startswith(
        "5000 rows: 4050 created, 600 duplicate, 50 suppressed, 300 invalid, 0 over allowance."
    )
    assert [row["Last Name"] for row in results] == [row[1] for row in rows]
    assert Lead.objects.count() == 4_050
    # Text stays text: in the database as given, in the file so that nothing computes.
    formula = Lead.objects.get(email="sum7@formula7.com")
    assert (formula.company, formula.phone) == ("=SUM(A7)", "+1 512 555 0100")
    assert results[4_957]["Company Name"] == "'=SUM(A7)"
    accent = Lead.objects.get(email="zoe@cafe9.com")
    assert (accent.company, accent.contact_name) == ("Café 9", "Zoë O'Neil 9")
    assert (accent.contact_title, accent.location) == ("Owner, Founder", "Austin, TX")
    assert (accent.country, accent.timezone) == ("US", "America/Chicago")
    assert accent.reason == "Listed in leads.csv, row 11: Owner, Founder at Café 9 in Austin, TX."
    # Every duplicate names the lead it repeats, every invalid row a reason.
    first = Lead.objects.get(email="zoe@cafe0.com")
    assert [row["lead_id"] for row in results if row["outcome"] == "duplicate"][:1] == [
        str(first.pk)
    ]
    assert all(row["detail"] for row in results if row["outcome"] != "created")

    again = run(path, customer, outcome=outcome)

    assert again.startswith("5000 rows: 0 created, 4650 duplicate, 50 suppressed, 300 invalid")
    assert Lead.objects.count() == 4_050


def test_the_outcome_file_can_be_imported_itself(customer: Customer, tmp_path: Path) -> None:
    path, outcome = tmp_path / "leads.csv", tmp_path / "result.csv"
    write(
        path, [HEADER, ["Ada", "B", "", "=1+1 Ltd", "ada@one.com", "+1", "", ""]], encoding="utf-8"
    )
    run(path, customer, outcome=outcome)
    other = CustomerFactory.create(subscription__complimentary=True)

    run(outcome, other)

    assert Lead.objects.get(customer=other).company == "=1+1 Ltd"
    assert (tmp_path / "result.outcome.csv").is_file()


def test_a_file_without_header_is_read_by_its_addresses(customer: Customer, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    write(path, [["Ada", "ada@one.com"], ["Bob", "bob@two.com"]], encoding="utf-8")

    run(path, customer)

    assert sorted(Lead.objects.values_list("email", "company")) == [
        ("ada@one.com", "one.com"),
        ("bob@two.com", "two.com"),
    ]


def test_columns_can_be_named(customer: Customer, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    write(path, [["Wer", "Wohin"], ["Acme", "ada@one.com"]], encoding="utf-8")

    with pytest.raises(CommandError, match="The columns are: Wer, Wohin"):
        run(path, customer)
    run(path, customer, map=["email=Wohin", "company=wer"])

    assert Lead.objects.values_list("email", "company").get() == ("ada@one.com", "Acme")


def test_what_the_list_is_worth_is_said(customer: Customer, tmp_path: Path) -> None:
    Suppression.objects.create(
        kind=SuppressionKind.DOMAIN,
        value_hash=stable_hash("blocked.com", purpose="suppression"),
        reason=SuppressionReason.MANUAL,
        created_at=NOON,
    )
    people = [["Ada", f"ada@clinic{n}.com"] for n in range(10)]
    people += [["Ada", f"info@desk{n}.com"] for n in range(10)]
    people += [["", f"ada{n}@gmail.com"] for n in range(20)]
    people += [["Ada", f"ada{n}@blocked.com"] for n in range(6)]
    people += [["Ada", f"noreply@post{n}.com"] for n in range(4)]
    path, outcome = tmp_path / "leads.csv", tmp_path / "out.csv"
    write(path, [["Name", "Email"], *people], encoding="utf-8")

    said = run(path, customer, outcome=outcome)

    assert said.splitlines() == [
        "50 rows: 44 created, 0 duplicate, 6 suppressed, 0 invalid, 0 over allowance.",
        (
            "Note: 10 of 50 rows (20%) are shared mailboxes such as info@. "
            "Personal addresses get more replies."
        ),
        (
            "Note: 20 of 50 rows (40%) have no contact name. "
            "Their emails start with a general greeting."
        ),
        "Note: 6 of 50 rows (12%) are on your do-not-contact list. Where does this list come from?",
        (
            "Note: 4 of 50 rows (8%) have a risky address and are on hold. "
            "Replace it with the person's own address."
        ),
        f"Each row's outcome: {outcome}",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"map": ["email"]}, "FIELD=COLUMN"),
        ({"map": ["shoe=E-mail"]}, "'shoe' is not a field"),
        ({"map": ["email=Nothing"]}, "There is no column 'Nothing'"),
        ({"encoding": "nonsense"}, "not readable as nonsense"),
    ],
)
def test_a_wrong_option_is_a_clear_sentence(
    customer: Customer, tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "leads.csv"
    write(path, [HEADER], encoding="utf-8")

    with pytest.raises(CommandError, match=sentence):
        run(path, customer, **options)


def test_a_missing_file_customer_or_row_is_a_clear_sentence(
    customer: Customer, tmp_path: Path
) -> None:
    path = tmp_path / "leads.csv"
    with pytest.raises(CommandError, match="There is no file"):
        run(path, customer)
    path.write_text("")
    with pytest.raises(CommandError, match="is empty"):
        run(path, customer)
    with pytest.raises(CommandError, match="must not be the imported file"):
        run(path, customer, outcome=path)
    customer.pk = 0
    with pytest.raises(CommandError, match="There is no customer 0"):
        run(path, customer)
