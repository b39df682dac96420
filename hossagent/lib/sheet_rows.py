"""The rows of a sheet, read from its XML at a cost that follows what stands in it.

A sheet numbers its rows and cells itself, and may leave out any number of them or write any
number of empty ones. What is left out is not made up, what is empty is counted, and a value
below the last row or right of the last column refuses the sheet.
"""

from __future__ import annotations

import re
from string import digits
from typing import IO, TYPE_CHECKING, cast
from xml.etree.ElementTree import XMLPullParser

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet._reader import CELL_TAG, DATA_TAG, INLINE_STRING, ROW_TAG
from openpyxl.xml.constants import SHEET_MAIN_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from openpyxl.worksheet._reader import WorkSheetParser

# What the format itself allows (Excel: "specifications and limits").
FORMAT_ROWS = 1_048_576
FORMAT_COLUMNS = 16_384
# The last column that is read: IV, where sheets ended before 2007.
LAST_COLUMN = 256
# Elements of XML that a sheet may have, and how many more for each value in it: a list of
# eight columns may be formatted down to the last row, or have few values in many columns.
ELEMENTS = 500_000
ELEMENTS_PER_VALUE = 50
# Bytes read at a time. A larger piece leaves more objects alive than Python's garbage
# collector handles well.
_PIECE = 4 * 1024
# Bytes that may pass without a tag; the longest text of a cell takes a fifth of that.
_TAGLESS = 1_000_000
_DOCTYPE = b"<!DOCTYPE"
# The text of a cell that holds it itself, without its pronunciation.
_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_INLINE_TEXTS = (f"{INLINE_STRING}/{_TEXT}", f"{INLINE_STRING}/{{{SHEET_MAIN_NS}}}r/{_TEXT}")
# The end of a value that is not empty, however the sheet abbreviates its namespace.
_VALUE_END = re.compile(rb"</(?:(?<=[^>]</)|(?<=\]></))(?:\w+:)?[vt]>")
# More than what follows a value in its cell; less than what separates it from the next row.
_OVERLAP = 20


class RefusedSheet(Exception):
    """The sheet is not read to its end; the text tells the person why, and what to do."""


def read_rows(
    source: IO[bytes],
    cells: WorkSheetParser,
    *,
    last_row: int,
    as_text: Callable[[object], str],
) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that holds text.

    Raises `RefusedSheet` over text below `last_row` or right of `LAST_COLUMN`, too many
    empty cells, and rows or cells that are not in order.
    """
    walk = _Walk(cells, last_row=last_row, as_text=as_text)
    xml, pieces = XMLPullParser(("end",)), _pieces(source, walk)
    for piece in pieces:
        xml.feed(piece)
        elements = 0
        for _, element in cast("Iterator[tuple[str, Element]]", xml.read_events()):
            elements += 1
            if element.tag == CELL_TAG:
                walk.end_cell(element)
            elif element.tag == ROW_TAG:
                if row := walk.end_row(element):
                    yield row
            elif element.tag == DATA_TAG:
                return
        walk.end_piece(elements, len(piece))
        if walk.is_below:
            _refuse_values(pieces, piece, last_row=walk.last_row)
            return
    xml.close()


def _pieces(source: IO[bytes], walk: _Walk) -> Iterator[bytes]:
    """The sheet as it is read. Raises `RefusedSheet` over a document type: the format allows
    none, and its entities could make a million cells of a line."""
    window = b""
    # The parser starts an unfinished tag again with each piece, so these get longer pieces.
    while piece := source.read(_PIECE + walk.tagless):
        window += piece
        if _DOCTYPE in window.replace(b"\0", b""):  # UTF-16 has zeros in between
            raise _damaged()
        yield piece
        window = window[-2 * len(_DOCTYPE) :]


class _Walk:
    """How far the reading has come, and what it has met so far."""

    def __init__(
        self, cells: WorkSheetParser, *, last_row: int, as_text: Callable[[object], str]
    ) -> None:
        self.last_row = last_row
        self._cells, self._as_text = cells, as_text
        self._row = self._column = 0
        self._texts: dict[int, str] = {}
        self._elements = self._values = 0
        self.tagless = 0

    @property
    def is_below(self) -> bool:
        return self._row > self.last_row

    def end_piece(self, elements: int, size: int) -> None:
        """Refuse the sheet when many elements or bytes gave little, or the next row is one
        too many."""
        self._elements += elements
        if self._elements > ELEMENTS + ELEMENTS_PER_VALUE * self._values:
            raise RefusedSheet(
                "The workbook has too many empty cells. Delete the empty rows and columns in "
                "and around your list, or save it as CSV and upload that."
            )
        self.tagless = 0 if elements else self.tagless + size
        if self.tagless > _TAGLESS:
            raise _damaged()
        if self.is_below and self._texts:
            raise _too_long(self.last_row)

    def end_cell(self, element: Element) -> None:
        text = ""
        if len(element) and element.get("t") != "inlineStr":
            text = self._as_text(self._cells.parse_cell(element)["value"])
        else:  # openpyxl is slow with empty cells, and with text that a cell holds itself
            self._cells.col_counter = _column_number(element.get("r"), after=self._column)
            if len(element):
                text = self._as_text(_inline_text(element))
        column = self._cells.col_counter
        if not self._column < column <= FORMAT_COLUMNS:
            raise _damaged()
        self._column = column
        if not text:
            return
        if column > LAST_COLUMN:
            raise RefusedSheet(
                f"The workbook has values right of column {get_column_letter(LAST_COLUMN)}, "
                "the last one that is read. Delete the columns that are not needed and upload "
                "it again."
            )
        self._texts[column] = text
        self._values += 1

    def end_row(self, element: Element) -> tuple[int, list[str]] | None:
        row = _row_number(element.get("r"), after=self._row)
        if not self._row < row <= FORMAT_ROWS:
            raise _damaged()
        element.clear()
        width, texts = min(self._column, LAST_COLUMN), self._texts
        self._row, self._column, self._texts = row, 0, {}
        self._cells.col_counter = 0
        if not texts:
            return None
        if self.is_below:
            raise _too_long(self.last_row)
        cells = [""] * width
        for column, text in texts.items():
            cells[column - 1] = text
        return row, cells


def _inline_text(cell: Element) -> str:
    return "".join(part.text or "" for path in _INLINE_TEXTS for part in cell.iterfind(path))


def _column_number(place: str | None, *, after: int) -> int:
    """Raises ValueError for what is no column."""
    return column_index_from_string(place.rstrip(digits)) if place else after + 1


def _row_number(text: str | None, *, after: int) -> int:
    """0 for what is no whole number. Raises ValueError for what is no number at all."""
    if text is None:
        return after + 1
    try:
        return int(text)
    except ValueError:
        number = float(text)  # there are programs that write 3.0
        return int(number) if number.is_integer() else 0


def _refuse_values(pieces: Iterator[bytes], before: bytes, *, last_row: int) -> None:
    """Raise `RefusedSheet` when a value follows in the rest of the sheet, which begins in
    the piece before it.

    Lists that are formatted down to the end of the sheet are common. Whether a million such
    rows hold a value is told much faster by searching the bytes than by parsing them.
    """
    window = before[-_OVERLAP:]
    for piece in pieces:
        window += piece
        end = window.find(b"sheetData>")
        # Only UTF-16 has zero bytes, and values in it would not be found.
        if b"\0" in window or _VALUE_END.search(window, 0, end if end >= 0 else len(window)):
            raise _too_long(last_row)
        if end >= 0:
            return
        window = window[-_OVERLAP:]


def _too_long(last_row: int) -> RefusedSheet:
    return RefusedSheet(
        f"The workbook has values below row {last_row:,}, the last one that is read. "
        "Delete empty rows in between, or split the list and upload the parts."
    )


def _damaged() -> RefusedSheet:
    return RefusedSheet(
        "The workbook's rows and columns are not in order. Open it in a spreadsheet program, "
        "save it as CSV and upload that."
    )
