"""Of a workbook only its first sheet matters, and of its styles only what is a date."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hossagent.lib import sheets
from tests.helpers.workbooks import MAIN, SHEET, read_workbook, refusal_of, row, text_cell, workbook

if TYPE_CHECKING:
    from pathlib import Path

HEADER = row(1, text_cell("A1", "Email"))


def own_format(code: str) -> str:
    return (
        f'<numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="200"/></cellXfs>'
    )


@pytest.mark.parametrize(
    "dimension",
    [
        '<dimension ref="A1:XFD1048576"/>',
        '<dimension ref="A1"/>',
        '<dimension ref="B7:A2"/>',
        '<dimension ref="A1:ZZZZ99999999999"/>',
        '<dimension ref=""/>',
        "<dimension/>",
    ],
)
def test_what_a_sheet_says_about_its_size_does_not_matter(tmp_path: Path, dimension: str) -> None:
    content = workbook(
        HEADER + row(2, text_cell("A2", "z@b.com")) + row(7, text_cell("A7", "y@b.com")),
        before=dimension,
    )

    assert [number for number, _ in read_workbook(tmp_path, content)] == [1, 2, 7]


def test_other_sheets_do_not_matter(tmp_path: Path) -> None:
    other = f'<worksheet xmlns="{MAIN}"><sheetData>{"<row/>" * 2_000_000}</sheetData></worksheet>'
    content = workbook(HEADER, parts={"xl/worksheets/sheet2.xml": other})

    assert read_workbook(tmp_path, content) == [(1, ("Email",))]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("[Content_Types].xml", "<Types><Override/></Types>"),
        ("xl/workbook.xml", '<workbook lang="en"/>'),
        ("xl/styles.xml", f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt/></numFmts></styleSheet>'),
    ],
)
def test_a_file_whose_parts_are_damaged_is_refused_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, text: str
) -> None:
    opened = []

    class Kept(ExcelReader):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            opened.append(self.archive)

    monkeypatch.setattr(sheets, "ExcelReader", Kept)

    sentence = refusal_of(tmp_path, workbook(HEADER, parts={part: text}))

    assert sentence == (
        "The file is not a readable workbook. Save it as CSV or XLSX and try again."
    )
    assert [archive.fp for archive in opened] == [None]


def test_the_first_sheet_with_cells_is_read(tmp_path: Path) -> None:
    book = Workbook()
    for title in ("Lost", "List"):
        book.create_sheet(title).append([title])
    book.create_chartsheet("Chart", 0)
    book.remove(book["Sheet"])
    saved, content = BytesIO(), BytesIO()
    book.save(saved)
    with ZipFile(saved) as source, ZipFile(content, "w") as target:
        for name in source.namelist():
            if name != SHEET:
                target.writestr(name, source.read(name))

    assert read_workbook(tmp_path, saved.getvalue()) == [(1, ("Lost",))]
    assert read_workbook(tmp_path, content.getvalue()) == [(1, ("List",))]


def test_days_are_counted_from_where_the_workbook_says(tmp_path: Path) -> None:
    book, saved = Workbook(), BytesIO()
    book.epoch = CALENDAR_MAC_1904
    sheet = book["Sheet"]
    sheet["A1"] = date(2020, 1, 2)
    book.save(saved)

    assert read_workbook(tmp_path, saved.getvalue()) == [(1, ("2020-01-02",))]


@pytest.mark.parametrize(
    ("styles", "text"),
    [
        ('<fills><fill/></fills><cellXfs><xf numFmtId="14"/></cellXfs>', "2020-01-02"),
        ('<cellXfs><xf numFmtId="46"/></cellXfs>', "43832 days, 0:00:00"),
        ("<cellXfs><xf/></cellXfs>", "43832"),
        (own_format("d&quot;.&quot;mmm"), "2020-01-02"),
        (own_format(f"{'[' * 400_000}d"), "43832"),
    ],
    ids=["empty fill", "span", "number", "own format", "endless format"],
)
def test_styles_say_no_more_than_what_is_a_date(tmp_path: Path, styles: str, text: str) -> None:
    parts = {"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'}
    content = workbook(row(1, '<c r="A1" s="0"><v>43832</v></c>'), parts=parts)

    assert read_workbook(tmp_path, content) == [(1, (text,))]
