"""CSV files for a spreadsheet, in which no cell acts as a formula."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import islice
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What spreadsheets take for the start of a formula (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Rows written at a time: sending a line by itself costs the web server more than making it.
_ROWS_PER_PIECE = 500


def escape_formula(cell: object) -> str:
    """The cell as text that no spreadsheet takes for a formula; `unescape_formula` undoes it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unescape_formula(cell: str) -> str:
    """The cell trimmed, without the mark that `escape_formula` set."""
    text = cell.strip()
    if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS):
        return text[1:]
    return text


def csv_pieces(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The text of a file for a spreadsheet, some hundred rows at a time: every cell escaped,
    with the mark that makes it UTF-8 in Excel."""
    rows = iter(rows)
    mark = "\ufeff"
    while piece := list(islice(rows, _ROWS_PER_PIECE)):
        buffer = StringIO(newline="")
        write_csv(buffer, piece)
        yield mark + buffer.getvalue()
        mark = ""


def write_csv(file: IO[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows with every cell escaped. Open the file with `newline=""`."""
    csv.writer(file).writerows([escape_formula(cell) for cell in row] for row in rows)
