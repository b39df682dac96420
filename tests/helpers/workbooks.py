"""Workbooks for tests: as openpyxl saves them, with a sheet written by hand."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from hossagent.lib.tables import UnreadableTable, read_xlsx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
# The last row that an upload may have.
LAST_ROW = 50_001


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: object, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def list_rows(count: int) -> str:
    """A header, and so many people below it."""
    return "".join(
        [
            row(1, text_cell("A1", "Company"), text_cell("B1", "Email")),
            *(
                row(n, text_cell(f"A{n}", f"Firm {n}"), text_cell(f"B{n}", f"ada@firm{n}.com"))
                for n in range(2, count + 2)
            ),
        ]
    )


def workbook(
    rows: str, *, before: str = "", parts: Mapping[str, str | bytes] | None = None
) -> bytes:
    """The file of a workbook whose first sheet has these rows, and `before` before them.

    `parts` replaces whole parts by name.
    """
    sheet = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'
    written = {SHEET: sheet, **(parts or {})}
    saved, raw = BytesIO(), BytesIO()
    book = Workbook()
    book.create_sheet("Second")
    book.save(saved)
    with ZipFile(saved) as source, ZipFile(raw, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, written.get(name) or source.read(name))
    return raw.getvalue()


def read_workbook(
    folder: Path, content: bytes, last_row: int = LAST_ROW
) -> list[tuple[int, tuple[str, ...]]]:
    """Number and cells of each row that the product reads."""
    file = folder / "list.xlsx"
    file.write_bytes(content)
    return [(record.number, record.cells) for record in read_xlsx(file, last_row=last_row)]


def refusal_of(folder: Path, content: bytes, last_row: int = LAST_ROW) -> str:
    """The sentence with which the product refuses to read the workbook."""
    with pytest.raises(UnreadableTable) as caught:
        read_workbook(folder, content, last_row)
    return str(caught.value)
