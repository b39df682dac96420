"""Uploading a list: shown before it is imported, imported once, each row's outcome told."""

from __future__ import annotations

import csv
import logging
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from accounts.models import AuditEvent, Membership
from agents.leads.addresses import read_address
from agents.leads.quality import ListQuality, list_warnings
from agents.leads.services.imports import jobs, records
from agents.leads.services.imports.jobs import import_next
from agents.leads.services.imports.records import ImportedRow, list_quality
from agents.leads.services.imports.uploads import read_next
from agents.leads.services.store import Candidate, RowOutcome, RowResult
from agents.models import ImportChunk, ImportFile, ImportJob, Lead
from agents.tasks import import_uploads
from billing.models import Subscription
from hossagent.lib.tables import Record
from tests.conftest import NOON
from tests.factories import LeadFactory, MembershipFactory
from tests.helpers.deadlines import deadline
from tests.helpers.workbooks import list_rows, row, text_cell, workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db

HEADER = ["Company", "E-Mail", "Name", "Note"]


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def member(client: SiteClient) -> Membership:
    membership: Membership = MembershipFactory.create()
    Subscription.objects.update(is_complimentary=True)
    client.force_login(membership.user)
    return membership


def upload(client: SiteClient, rows: list[list[Any]], name: str = "list.csv") -> Any:
    if name.endswith(".xlsx"):
        book = Workbook()
        sheet: Any = book.active
        for row in rows:
            sheet.append(row)
        for cell in sheet["A"]:
            cell.data_type = "s"  # text that looks like a formula
        raw = BytesIO()
        book.save(raw)
        content = raw.getvalue()
    else:
        text = StringIO(newline="")
        csv.writer(text).writerows(rows)
        content = text.getvalue().encode("utf-8-sig")
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("portal:lead_upload"), {"file": file})


def people(count: int) -> list[list[Any]]:
    return [[f"Clinic {n}", f"ada@clinic{n}.com", "Ada", "x"] for n in range(count)]


def work_off() -> int:
    """Read what is to be read; returns how many chunks were imported."""
    while read_next(now=NOON):
        pass
    steps = 0
    while import_next(now=NOON):
        steps += 1
    return steps


def outcomes(client: SiteClient, job: ImportJob) -> list[dict[str, str]]:
    answer: Any = client.get(reverse("portal:upload_result", args=[job.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_a_list_is_shown_then_imported_then_explained(
    client: SiteClient, member: Membership, name: str
) -> None:
    known = LeadFactory.create(customer=member.customer, email="ada@clinic1.com")
    rows = [HEADER, *people(3), ["=1+1", "b@b.com", "", ""], ["Bad", "nobody", "", ""]]

    answer = upload(client, rows, name)
    job = ImportJob.objects.get()
    page = client.get(answer.headers["Location"])

    assert (job.total, job.header, Lead.objects.count()) == (None, HEADER, 1)
    assert f"We are still reading {name}. Its first rows are below." in page.content.decode()
    assert [cell for _, cell in page.context["sample"][0]] == [
        *("Clinic 0", "ada@clinic0.com", "Ada", "x"),
    ]
    assert page.context["form"].initial == {
        "email": "1",
        "company": "0",
        "contact_name": "2",
        "reason": "3",
    }
    started = client.post(answer.headers["Location"], page.context["form"].initial)
    assert started.status_code == 302
    running = client.get(answer.headers["Location"]).content.decode()
    assert ('data-live="running"' in running, "Reading the file" in running) == (True, True)
    assert import_uploads() == 2
    finished = client.get(answer.headers["Location"]).content.decode()

    assert 'data-live="finished"' in finished
    job.refresh_from_db()
    assert (job.created, job.duplicate, job.invalid, job.done, job.total) == (3, 1, 1, 5, 5)
    told = outcomes(client, job)
    assert [row["outcome"] for row in told] == [
        "created",
        "duplicate",
        "created",
        "created",
        "invalid",
    ]
    assert (told[1]["lead_id"], told[3]["Company"]) == (str(known.pk), "'=1+1")
    assert "is not an email address" in told[4]["detail"]
    assert AuditEvent.objects.filter(action="leads.import").count() == 1


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (19, "1 row did not fit in your plan's lead allowance."),
        (20, "2 rows did not fit in your plan's lead allowance."),
        (18, ""),
    ],
)
def test_rows_beyond_the_allowance_are_told_with_the_way_out(
    client: SiteClient, member: Membership, rows: int, sentence: str
) -> None:
    """A trial holds twenty leads, of which two are used."""
    Subscription.objects.update(is_complimentary=False, leads_used=2)
    address = upload(client, [HEADER, *people(rows)]).headers["Location"]
    client.post(address, client.get(address).context["form"].initial)
    work_off()

    page = client.get(address).content.decode()

    assert ImportJob.objects.get().created == 18
    assert f'<p class="notice">{sentence}' in page if sentence else "did not fit" not in page
    assert (reverse("portal:billing") in page.partition("<main")[2]) is bool(sentence)


def test_a_large_list_is_worked_off_in_chunks(client: SiteClient, member: Membership) -> None:
    answer = upload(client, [HEADER, *people(1_201)])
    client.post(answer.headers["Location"], {"email": "1", "company": "0"})

    assert not import_next(now=NOON)
    assert read_next(now=NOON)
    assert import_next(now=NOON)
    job = ImportJob.objects.get()
    assert (job.done, job.created, job.finished_at) == (500, 500, None)
    page = client.get(answer.headers["Location"]).content.decode()
    assert '<progress id="progress" max="1201" value="500">' in page
    assert work_off() == 2
    assert Lead.objects.count() == 1_201


def test_a_worker_that_dies_leaves_the_chunk_as_it_was(
    client: SiteClient, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = upload(client, [HEADER, *people(600)])
    client.post(answer.headers["Location"], {"email": "1"})
    real, calls = records.list_quality, []

    def dying(*args: Any) -> ListQuality:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(jobs, "list_quality", dying)
    assert read_next(now=NOON)
    with pytest.raises(KeyboardInterrupt):
        import_next(now=NOON)

    assert Lead.objects.count() == 0
    assert work_off() == 2
    job = ImportJob.objects.get()
    assert (job.created, job.duplicate) == (600, 0)


def test_broken_upload_ends_with_a_sentence_and_stops_no_other(
    client: SiteClient, member: Membership, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    for rows in (people(2), people(4)):
        answer = upload(client, [HEADER, *rows])
        client.post(answer.headers["Location"], {"email": "1"})
    while read_next(now=NOON):
        pass
    broken, good = ImportJob.objects.order_by("pk")
    ImportChunk.objects.filter(job=broken).delete()

    work_off()
    good.refresh_from_db()
    assert good.created == 4
    for _ in range(2):
        ImportJob.objects.filter(pk=broken.pk).update(due_at=NOON)
        import_next(now=NOON)

    broken.refresh_from_db()
    assert broken.due_at is None
    assert broken.error == (
        "The import stopped after row 0. What was imported stays. "
        "Upload the file again to continue. No lead is added twice."
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("list.pdf", b"x", "Choose a CSV or XLSX file."),
        ("list.csv", b"\n\n", "The file is empty."),
        ("list.csv", b"Company,Email\n", "a header and no rows below it"),
        (
            "list.xlsx",
            b"not a zip",
            "not a readable workbook. Save it as CSV or XLSX and try again.",
        ),
    ],
)
def test_an_unusable_file_is_told(
    client: SiteClient, member: Membership, name: str, content: bytes, sentence: str
) -> None:
    answer = client.post(reverse("portal:lead_upload"), {"file": SimpleUploadedFile(name, content)})

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_zip_that_is_no_workbook_is_told(client: SiteClient, member: Membership) -> None:
    raw = BytesIO()
    with ZipFile(raw, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x")

    answer = client.post(
        reverse("portal:lead_upload"), {"file": SimpleUploadedFile("a.xlsx", raw.getvalue())}
    )

    assert (
        "not a readable workbook. Save it as CSV or XLSX and try again." in answer.content.decode()
    )


def test_a_workbook_with_a_gap_is_told(client: SiteClient, member: Membership) -> None:
    content = workbook(list_rows(0) + row(99_999_999_999, text_cell("B2", "zoe@far.com")))
    file = SimpleUploadedFile("a.xlsx", content)

    with deadline(90):
        answer = client.post(reverse("portal:lead_upload"), {"file": file})

    assert answer.status_code == 200
    (sentence,) = answer.context["form"].errors["file"]
    assert sentence == (
        "The workbook's rows and columns are not in order. Open it in a spreadsheet program, "
        "save it as CSV and upload that."
    )
    assert not ImportJob.objects.exists()


def test_too_many_rows_are_told_and_nothing_is_kept(
    client: SiteClient, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.leads.services.imports.uploads.MAX_ROWS", 3)

    answer = upload(client, [HEADER, *people(4)])
    client.post(answer.headers["Location"], {"email": "1"})
    assert work_off() == 0
    page = client.get(answer.headers["Location"]).content.decode()
    uploads = client.get(reverse("portal:lead_upload")).content.decode()

    sentence = "The file has more than 3 rows. Split it and upload the parts. Nothing was imported."
    assert ImportJob.objects.get().error == sentence
    assert (sentence in page, 'data-live="finished"' in page) == (True, True)
    assert ("Upload another file" in page, "Download the result for each row" in page) == (
        True,
        False,
    )
    assert "Stopped" in uploads
    assert (ImportChunk.objects.exists(), ImportFile.objects.exists()) == (False, False)
    assert not Lead.objects.exists()


def test_columns_must_make_sense(client: SiteClient, member: Membership) -> None:
    answer = upload(client, [["A", "B"], ["x", "y"]])
    url = answer.headers["Location"]

    nothing = client.post(url, {})
    twice = client.post(url, {"email": "1", "company": "1"})

    assert "Choose the column that holds the email address" in nothing.content.decode()
    assert "This column is already used for Email address." in twice.content.decode()
    assert work_off() == 0


def test_strangers_uploads_are_not_there(client: SiteClient, member: Membership) -> None:
    upload(client, [HEADER, *people(1)])
    job = ImportJob.objects.get()
    stranger = MembershipFactory.create()
    client.force_login(stranger.user)

    assert client.get(reverse("portal:upload_detail", args=[job.pk])).status_code == 404
    assert client.get(reverse("portal:upload_result", args=[job.pk])).status_code == 404
    assert client.post(reverse("portal:upload_detail", args=[job.pk])).status_code == 404


def test_a_poor_list_is_warned_about() -> None:
    facts = ListQuality(rows=100, role=16, free_mail=40, nameless=100, suppressed=0, held=6)

    assert list_warnings(facts) == [
        (
            "16 of 100 rows (16%) are shared mailboxes such as info@. "
            "Personal addresses get more replies."
        ),
        "100 of 100 rows (100%) have no contact name. Their emails start with a general greeting.",
        (
            "6 of 100 rows (6%) have a risky address and are on hold. "
            "Replace it with the person's own address."
        ),
    ]
    assert list_warnings(ListQuality(rows=19, role=19)) == []


@pytest.mark.parametrize(
    ("fact", "limit", "words"),
    [
        ("role", 15, "shared mailboxes"),
        ("free_mail", 40, "free email providers"),
        ("nameless", 10, "no contact name"),
        ("suppressed", 10, "do-not-contact list"),
        ("held", 5, "risky address"),
    ],
)
def test_a_share_is_warned_about_only_above_its_limit(fact: str, limit: int, words: str) -> None:
    assert list_warnings(ListQuality(rows=1_000, **{fact: limit * 10})) == []
    (warning,) = list_warnings(ListQuality(rows=1_000, **{fact: limit * 10 + 1}))
    assert warning.startswith(f"{limit * 10 + 1} of 1,000 rows ({limit}%) ")
    assert words in warning
    assert len(list_warnings(ListQuality(rows=20, **{fact: 20}))) == 1
    assert list_warnings(ListQuality(rows=19, **{fact: 19})) == []


def test_the_facts_of_a_list_are_counted_row_by_row_and_added_up() -> None:
    def row(email: str, name: str = "Ada", outcome: RowOutcome = RowOutcome.CREATED) -> ImportedRow:
        candidate = Candidate(email=email, contact_name=name)
        result = RowResult(outcome, address=read_address(email))
        return ImportedRow(Record(2, (email, name)), candidate, result)

    first = list_quality(
        [
            row("info@web.de", ""),
            row("ada@gmail.com", outcome=RowOutcome.SUPPRESSED),
            row("noreply@acme.com"),
            row("ada@mailinator.com"),
            row("", outcome=RowOutcome.INVALID),
        ]
    )

    assert first == ListQuality(rows=5, role=1, free_mail=2, nameless=1, suppressed=1, held=2)
    assert first + list_quality([row("office@acme.com")]) == ListQuality(
        rows=6, role=2, free_mail=2, nameless=1, suppressed=1, held=2
    )
    assert ListQuality.of(first.as_dict()) == first
