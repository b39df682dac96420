"""Tables as people save them are read as text, or refused with a sentence."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from hossagent.lib.tables import (
    UnreadableTable,
    detect_delimiter,
    read_csv,
    read_xlsx,
)

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> list[tuple[str, ...]]:
    return [record.cells for record in read_csv(path)]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "leads.csv"
    rows = [("Company", "Email"), ("Café Zoë, Inc.", "zoe@cafe.com"), ('A "B"\nC', "b@c.com")]
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))

    assert read(path) == rows


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text('a,b\n"x\ny",1\n\n,,\nz,2\n')

    assert [(record.number, record.cells[0]) for record in read_csv(path)] == [
        (1, "a"),
        (2, "x\ny"),
        (5, "z"),
    ]


def test_a_cell_beyond_all_measure_is_a_problem_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(f"a,b\n{'x' * 200_000},1\nz,2\n")

    records = list(read_csv(path))

    assert [bool(record.problem) for record in records] == [False, True, False]


def test_a_wrong_encoding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes("é".encode("latin-1"))

    with pytest.raises(UnreadableTable, match="utf-8"):
        list(read_csv(path, encoding="utf-8"))
    with pytest.raises(UnreadableTable, match="nonsense"):
        list(read_csv(path, encoding="nonsense"))


def test_a_delimiter_inside_quotes_does_not_count() -> None:
    assert detect_delimiter('a;b\n"1,2,3";x\n"4,5,6";y\n') == ";"


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_s_values_are_text(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "leads.xlsx",
        [
            ["Company", "Staff", "Share", "Since", "Note"],
            [None, None, None, None, None],
            ["Acme", 12.0, 0.5, date(2020, 1, 2), "'=1+1"],
            ["Globex", None, 1e20],
        ],
    )

    assert [(record.number, record.cells) for record in read_xlsx(path)] == [
        (1, ("Company", "Staff", "Share", "Since", "Note")),
        (3, ("Acme", "12", "0.5", "2020-01-02", "=1+1")),
        (4, ("Globex", "", "100000000000000000000")),
    ]


def test_what_is_no_workbook_is_said(tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    path.write_bytes(b"Company,Email")

    with pytest.raises(UnreadableTable, match="not a readable workbook"):
        list(read_xlsx(path))


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["Company"]])
    monkeypatch.setattr("hossagent.lib.tables._UNPACKED", 100)

    with pytest.raises(UnreadableTable, match=r"too large\. Save it as CSV"):
        list(read_xlsx(path))


def test_a_damaged_sheet_is_said(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["Company"], ["Acme"]])
    damaged = tmp_path / "damaged.xlsx"
    with ZipFile(path) as source, ZipFile(damaged, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)

    with pytest.raises(UnreadableTable, match="first sheet cannot be read"):
        list(read_xlsx(damaged))


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("xl/workbook.xml", "not a readable workbook"),
        ("xl/worksheets/sheet1.xml", "first sheet cannot"),
    ],
)
def test_a_part_that_cannot_be_unpacked_is_said(tmp_path: Path, part: str, sentence: str) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["Company"], ["Acme"]])
    with ZipFile(path) as archive:
        start = archive.getinfo(part).header_offset + len(archive.getinfo(part).FileHeader())
    content = bytearray(path.read_bytes())
    content[start] |= 0b110  # a kind of block that deflate does not know
    path.write_bytes(content)

    with pytest.raises(UnreadableTable, match=sentence):
        list(read_xlsx(path))


def test_a_sample_that_cannot_be_split_has_commas() -> None:
    assert detect_delimiter(f"{'x' * 200_000};y\n") == ","
