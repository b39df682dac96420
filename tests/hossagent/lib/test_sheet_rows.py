"""A workbook costs what stands in it, whatever its rows and columns say about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hossagent.lib import sheet_rows
from tests.helpers.deadlines import deadline
from tests.helpers.workbooks import (
    MAIN,
    SHEET,
    list_rows,
    read_workbook,
    refusal_of,
    row,
    text_cell,
    workbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Each file here is read or refused within a second or two on a busy machine.
SECONDS = 90

TOO_LONG = (
    "The workbook has values below row 50,001, the last one that is read. "
    "Delete empty rows in between, or split the list and upload the parts."
)
TOO_WIDE = (
    "The workbook has values right of column IV, the last one that is read. "
    "Delete the columns that are not needed and upload it again."
)
TOO_EMPTY = (
    "The workbook has too many empty cells. Delete the empty rows and columns in and around "
    "your list, or save it as CSV and upload that."
)
DISORDER = (
    "The workbook's rows and columns are not in order. Open it in a spreadsheet program, "
    "save it as CSV and upload that."
)
UNREADABLE = "The workbook's first sheet cannot be read. Save it as CSV and upload that."

HEADER = row(1, text_cell("A1", "Email"))
EMPTY_VALUE = '<c t="str"><v></v></c>'


@pytest.fixture(autouse=True)
def _with_an_end() -> Iterator[None]:
    with deadline(SECONDS):
        yield


def at(number: object, place: str = "A1") -> str:
    return row(number, text_cell(place, "z@b.com"))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (at(50_002), TOO_LONG),
        (at(1_048_576), TOO_LONG),
        (at(1_048_577), DISORDER),
        (at(99_999_999_999), DISORDER),
        (at("9" * 5_000), DISORDER),
        (at(1), DISORDER),
        (at(5) + at(4), DISORDER),
        (at(5) + at(5), DISORDER),
        (at(0), DISORDER),
        (at(-7), DISORDER),
        (at("2.5"), DISORDER),
        (at("1e300"), DISORDER),
        (at("nan"), DISORDER),
        (at("two"), UNREADABLE),
        (at(""), UNREADABLE),
    ],
    ids=lambda value: value[:24],
)
@pytest.mark.parametrize("people", [0, 8])
def test_row_numbers_that_jump_or_fall_are_refused(
    tmp_path: Path, people: int, rows: str, sentence: str
) -> None:
    content = workbook(list_rows(people) + rows.replace('"5"', '"15"').replace('"4"', '"14"'))

    assert refusal_of(tmp_path, content) == sentence


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (text_cell("IW2", "x"), TOO_WIDE),
        (text_cell("XFD2", "x"), TOO_WIDE),
        (text_cell("XFE2", "x"), DISORDER),
        (text_cell("ZZZ2", "x"), DISORDER),
        ('<c r="XFE2"/>', DISORDER),
        ('<c r="ZZZZ2"/>', UNREADABLE),
        ('<c r="2"/>', UNREADABLE),
        (text_cell("B2", "x") + text_cell("A2", "x"), DISORDER),
        (text_cell("B2", "x") + text_cell("B2", "x"), DISORDER),
        ('<c r="B2"/><c r="B2"/>', DISORDER),
        ("<c/>" * 20_000, DISORDER),
    ],
    ids=lambda value: value[:24],
)
def test_columns_that_jump_or_fall_are_refused(tmp_path: Path, cells: str, sentence: str) -> None:
    assert refusal_of(tmp_path, workbook(HEADER + row(2, cells))) == sentence


@pytest.mark.parametrize(
    "rows",
    [
        f"<row>{'<c/>' * 100}</row>" * 300,
        f"<row>{EMPTY_VALUE * 100}</row>" * 150,
        f"<row>{text_cell('', ' ') * 100}</row>" * 100,
        f"<row>{'<c/>' * 16_000}</row>" * 2,
        f"<row><c>{'<x/>' * 30_000}</c></row>",
        "<x/>" * 30_000,
    ],
    ids=["cells", "empty values", "spaces", "wide rows", "in a cell", "outside of rows"],
)
def test_a_sheet_of_almost_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str
) -> None:
    monkeypatch.setattr(sheet_rows, "ELEMENTS", 25_000)

    assert refusal_of(tmp_path, workbook(HEADER + rows)) == TOO_EMPTY


def test_half_a_million_empty_cells_are_too_many(tmp_path: Path) -> None:
    rows = f"<row>{'<c/>' * 100}</row>" * 5_200

    assert refusal_of(tmp_path, workbook(HEADER + rows)) == TOO_EMPTY


@pytest.mark.parametrize(
    "rows",
    [
        f'<row r="{"1" * 8_000_000}"/>',
        f"<!--{' ' * 8_000_000}-->",
        "<row>" * 600_000,
        f"<row><c><v>{'1' * 8_000_000}</v></c></row>",
    ],
    ids=["attribute", "comment", "depth", "number"],
)
def test_a_sheet_of_one_endless_thing_is_refused(tmp_path: Path, rows: str) -> None:
    assert refusal_of(tmp_path, workbook(HEADER + rows)) == DISORDER


# The first two pause within the words of the document type.
@pytest.mark.parametrize(("encoding", "piece"), [("utf-8", 41), ("utf-16", 90), ("utf-8", 4_096)])
def test_a_sheet_with_entities_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, piece: int
) -> None:
    monkeypatch.setattr(sheet_rows, "_PIECE", piece)
    sheet = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f'<!DOCTYPE worksheet [<!ENTITY person "{at(2)}">]>'
        f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}&person;</sheetData></worksheet>'
    )

    content = workbook("", parts={SHEET: sheet.encode(encoding)})

    assert refusal_of(tmp_path, content) == DISORDER


def test_rows_are_read_up_to_the_last_one(tmp_path: Path) -> None:
    content = workbook(list_rows(3))

    assert [number for number, _ in read_workbook(tmp_path, content, last_row=4)] == [1, 2, 3, 4]
    assert "below row 3," in refusal_of(tmp_path, content, last_row=3)


def test_blank_rows_and_formatting_below_a_list_do_not_matter(tmp_path: Path) -> None:
    styled = "".join(
        row(n, *(f'<c r="{c}{n}" s="0"/>' for c in "ABCDEFGH")) for n in range(50, 850)
    )
    content = workbook(
        HEADER + row(2, '<c r="A2" s="0"/>') + row(3) + at(4) + at(40) + styled,
        before='<cols><col min="1" max="16384" style="0"/></cols>',
    )

    assert read_workbook(tmp_path, content) == [
        (1, ("Email",)),
        (4, ("z@b.com",)),
        (40, ("z@b.com",)),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        row(1_048_576),
        row(1_048_576, '<c r="XFD1048576" s="0"/>'),
        "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 1_048_577)),
        "<row/>" * 2_000_000,
        f"<row>{EMPTY_VALUE}</row>" * 80_000,
    ],
    ids=["LibreOffice", "corner", "filled column", "no cells", "empty results"],
)
def test_formatting_down_to_the_last_row_does_not_matter(tmp_path: Path, rows: str) -> None:
    assert read_workbook(tmp_path, workbook(HEADER + at(2) + rows)) == [
        (1, ("Email",)),
        (2, ("z@b.com",)),
    ]


@pytest.mark.parametrize(
    "last", ["<c><v>7</v></c>", text_cell("C9", "x"), "<c><v><![CDATA[7]]></v></c>"]
)
def test_a_value_below_any_amount_of_formatting_is_told(tmp_path: Path, last: str) -> None:
    rows = "<row><c/></row>" * 60_000 + row(1_048_576, last)

    assert refusal_of(tmp_path, workbook(HEADER + rows)) == TOO_LONG


def test_a_value_in_two_bytes_a_letter_is_told_too(tmp_path: Path) -> None:
    rows = HEADER + "<row/>" * 60_000 + row(1_048_576, "<c><v>7</v></c>")
    head = '<?xml version="1.0" encoding="utf-16"?>'
    sheet = f'{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'

    assert refusal_of(tmp_path, workbook("", parts={SHEET: sheet.encode("utf-16")})) == TOO_LONG


@pytest.mark.parametrize("prefix", ["", "main:"])
def test_a_value_is_found_wherever_the_reading_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    def sheet(last: str) -> bytes:
        rows = f"<row><c><v>1</v></c></row><row><c><v>2</v></c></row><row/>{last}"
        text = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
        text = text.replace("<", f"<{prefix}").replace(f"<{prefix}/", f"</{prefix}")
        name = f"xmlns:{prefix}".rstrip(":") if prefix else "xmlns"
        return text.replace("worksheet>", f'worksheet {name}="{MAIN}">', 1).encode()

    empty = workbook("", parts={SHEET: sheet("<row><c><v></v></c><c/></row>" * 2)})
    found = workbook("", parts={SHEET: sheet("<row><c><v>3</v></c></row>")})

    for piece in range(1, 120):
        monkeypatch.setattr(sheet_rows, "_PIECE", piece)
        assert read_workbook(tmp_path, empty, last_row=2) == [(1, ("1",)), (2, ("2",))], piece
        assert "below row 2," in refusal_of(tmp_path, found, last_row=2), piece


def test_rows_and_cells_without_numbers_follow_each_other(tmp_path: Path) -> None:
    content = workbook(
        "<row><c><v>1</v></c><c/><c><v>2</v></c></row>"
        f'<row r="3.0"><c r="B3"/><c><v>3</v></c><c><is/></c></row>'
        f'<row>{text_cell("", "x")}<c r="C4"><v>4</v></c></row>'
    )

    assert read_workbook(tmp_path, content) == [
        (1, ("1", "", "2")),
        (3, ("", "", "3", "")),
        (4, ("x", "", "4")),
    ]


def test_empty_cells_far_to_the_right_are_left_out(tmp_path: Path) -> None:
    rows = row(1, text_cell("A1", "Email"), '<c r="C1" s="0"/>')
    rows += row(2, text_cell("A2", "z@b.com"), text_cell("IV2", "x"), '<c r="XFD2" s="0"/>')

    assert read_workbook(tmp_path, workbook(rows)) == [
        (1, ("Email", "", "")),
        (2, ("z@b.com", *[""] * 254, "x")),
    ]


def test_few_values_in_many_formatted_columns_are_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_rows, "ELEMENTS", 1_000)
    people = "".join(
        row(n, text_cell(f"A{n}", f"p{n}@b.com"), "<c/>" * 40) for n in range(2, 5_002)
    )

    assert len(read_workbook(tmp_path, workbook(HEADER + people))) == 5_001


def test_formatted_text_inside_a_cell_is_its_text(tmp_path: Path) -> None:
    cell = (
        '<c t="inlineStr"><is><r><rPr><sz val="big"/></rPr><t>Ki</t></r><r><t>ku</t></r>'
        '<rPh sb="0" eb="1"><t>kana</t></rPh></is></c>'
    )

    assert read_workbook(tmp_path, workbook(row(1, cell))) == [(1, ("Kiku",))]


@pytest.mark.parametrize("formatted", ["", "<row/>" * 60_000])
@pytest.mark.parametrize("after", ["<x><t>7</t></x>", f"{' ' * 10_000}<t>7</t>", "<x/>" * 600_000])
def test_what_follows_the_rows_does_not_matter(tmp_path: Path, formatted: str, after: str) -> None:
    rows = f"<sheetData>{HEADER}{formatted}</sheetData>{after}"
    parts = {SHEET: f'<worksheet xmlns="{MAIN}">{rows}</worksheet>'}

    assert read_workbook(tmp_path, workbook("", parts=parts)) == [(1, ("Email",))]


def test_a_long_comment_is_not_gone_through_with_each_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_rows, "_PIECE", 4)
    content = workbook(f"<!--{' ' * 900_000}-->{HEADER}")

    assert read_workbook(tmp_path, content) == [(1, ("Email",))]
