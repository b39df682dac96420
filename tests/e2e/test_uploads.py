"""A list is uploaded in a browser: pick the file, name the columns, watch, take the result."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from agents.leads.services.imports import uploads
from agents.leads.services.imports.jobs import import_next
from agents.leads.services.imports.uploads import CHUNK, read_next
from agents.models import ImportJob, Lead
from hossagent.lib import clock
from tests.e2e.conftest import Site, assert_accessible, assert_fits, make_member, make_operator

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

HEADER = ["Wer", "Firma", "E-mail"]
ROWS = CHUNK + 3


def rows() -> list[list[str]]:
    """Mostly people; one repeated, one without an address, one that looks like a formula."""
    people = [[f"Ada {n}", f"Clinic {n}", f"ada@clinic{n}.com"] for n in range(ROWS - 3)]
    twin, nobody = ["Ada", "Elsewhere", "ADA@clinic0.com"], ["Bob", "Nowhere", "n/a"]
    return [*people, twin, nobody, ["Eve", "=1+1", "eve@sum.com"]]


def write_list(folder: Path, ending: str) -> Path:
    path = folder / f"people.{ending}"
    if ending == "csv":
        with path.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";").writerows([HEADER, *rows()])
        return path
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [HEADER, *rows()]:
        sheet.append([cell if cell != "=1+1" else "'=1+1" for cell in row])
    book.save(path)
    return path


def choose_and_map(page: Page, site: Site, path: Path) -> None:
    """From the list of leads to the import's first second."""
    page.goto(site.path("portal:lead_list"))
    page.get_by_role("link", name="Upload a list").first.click()
    page.get_by_label("Your list").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Name the columns")
    expect(page.get_by_text("people").first).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("ada@clinic0.com")
    # The guess knows the German headings but one.
    assert page.get_by_label("Email address").input_value() == "2"
    assert page.get_by_label("Company").input_value() == "1"
    assert page.get_by_label("Full name").input_value() == ""
    assert_fits(page)
    assert_accessible(page)
    page.get_by_label("Full name").select_option(label="Wer")
    page.get_by_role("button", name="Import the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(path.name)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_list_is_uploaded_mapped_watched_and_its_result_taken(
    page: Page, site: Site, tmp_path: Path, ending: str
) -> None:
    member = make_member(customer__subscription__complimentary=True)
    site.sign_in(page, member.user)
    choose_and_map(page, site, write_list(tmp_path, ending))
    bar = page.get_by_role("progressbar", name="Reading the file")
    expect(bar).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

    # Nobody touches the page: it follows by itself.
    assert read_next(now=clock.now())
    bar = page.get_by_role("progressbar", name=f"of {ROWS} rows")
    expect(bar).to_have_attribute("value", "0")
    assert import_next(now=clock.now())
    expect(bar).to_have_attribute("value", str(CHUNK))
    assert import_next(now=clock.now())
    expect(page.get_by_text("Finished on")).to_be_visible()

    expect(bar).to_have_attribute("value", str(ROWS))
    assert page.locator("dl.facts dd").all_inner_texts() == [str(ROWS - 2), "1", "0", "1"]
    assert_fits(page)
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the result for each row").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    result = list(csv.DictReader(io.StringIO(text)))
    assert [row["outcome"] for row in result] == [
        *["created"] * (ROWS - 3),
        *("duplicate", "invalid", "created"),
    ]
    assert result[-1]["Firma"] == "'=1+1"
    assert Lead.objects.filter(customer=member.customer).count() == ROWS - 2


def test_a_list_is_uploaded_without_javascript(
    open_browser: Callable[..., Any], site: Site, tmp_path: Path
) -> None:
    member = make_member(customer__subscription__complimentary=True)
    page = open_browser(javascript=False)
    site.sign_in(page, member.user)
    page.goto(site.path("portal:lead_upload"))
    page.get_by_label("Your list").set_input_files(write_list(tmp_path, "csv"))
    page.get_by_role("button", name="Upload").click()
    assert read_next(now=clock.now())
    page.reload()
    page.get_by_role("button", name=f"Import {ROWS} rows").click()
    while import_next(now=clock.now()):
        pass

    page.get_by_role("link", name="Reload it").click()

    expect(page.get_by_text("Finished on")).to_be_visible()
    assert ImportJob.objects.get().created == ROWS - 2


def test_a_wrong_file_is_refused_with_a_sentence(page: Page, site: Site, tmp_path: Path) -> None:
    site.sign_in(page, make_member().user)
    page.goto(site.path("portal:lead_upload"))
    wrong = tmp_path / "people.xlsx"
    wrong.write_text("not a workbook")
    page.get_by_label("Your list").set_input_files(wrong)

    page.get_by_role("button", name="Upload").click()

    sentence = page.locator("#id_file_error")
    expect(sentence).to_have_text(
        "The file is not a readable workbook. Save it as CSV or XLSX and try again."
    )
    assert_fits(page)
    assert_accessible(page)
    assert not ImportJob.objects.exists()


def test_file_that_is_too_long_is_refused_on_the_waiting_page(
    page: Page, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_ROWS", CHUNK)
    site.sign_in(page, make_member().user)
    choose_and_map(page, site, write_list(tmp_path, "csv"))

    assert read_next(now=clock.now())

    expect(page.get_by_text("The file has more than 500 rows. Split it")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("link", name="Upload another file").click()
    expect(page.get_by_role("row", name="people.csv")).to_contain_text("Stopped")
    assert_fits(page)
    assert_accessible(page)
    assert not Lead.objects.exists()


def test_an_operator_uploads_a_list_for_a_customer(page: Page, site: Site, tmp_path: Path) -> None:
    member = make_member(customer__subscription__complimentary=True)
    site.enter_console(page, make_operator())
    page.goto(site.path("admin:agents_lead_changelist"))
    page.get_by_role("link", name="Upload leads").click()
    page.get_by_label("Customer", exact=True).fill("nobody of that name")
    page.get_by_label("Your list").set_input_files(write_list(tmp_path, "csv"))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("No open customer matches this.")
    expect(page.get_by_label("Customer", exact=True)).to_have_value("nobody of that name")
    assert_fits(page)
    assert_accessible(page)

    page.get_by_label("Customer", exact=True).fill(f"#{member.customer_id}")
    page.get_by_label("Your list").set_input_files(tmp_path / "people.csv")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Match the columns")
    expect(page.locator("tbody tr").first).to_contain_text("ada@clinic0.com")
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Import the list").click()

    # Nobody touches the page: it follows by itself.
    assert read_next(now=clock.now())
    while import_next(now=clock.now()):
        pass
    expect(page.locator("[data-live=finished]")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download results by row").click()
    told = Path(download.value.path()).read_text("utf-8-sig").splitlines()

    assert len(told) == ROWS + 1
    assert Lead.objects.filter(customer=member.customer).count() == ROWS - 2
    assert_fits(page)
    assert_accessible(page)
