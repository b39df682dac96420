"""Tables as people save them: CSV in any usual encoding and delimiter, and XLSX; as streams.

Cells are text and stay text: nothing here evaluates, guesses dates or drops zeros. A cell
that one of our own files marks as no formula is read without the mark.
"""

from __future__ import annotations

import codecs
import csv
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time
from io import StringIO
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from openpyxl.utils.exceptions import InvalidFileException

from hossagent.lib.csv_export import unescape_formula
from hossagent.lib.sheet_rows import FORMAT_ROWS, RefusedSheet
from hossagent.lib.sheets import FirstSheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
# Characters that show which delimiter a file has.
_SAMPLE = 64 * 1024
# Bytes that a workbook may unpack to.
_UNPACKED = 300_000_000
# What openpyxl raises over a file that is no workbook, or whose parts contradict each other.
_DAMAGE = (BadZipFile, zlib.error, KeyError, ValueError, IndexError, SyntaxError, TypeError)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableTable(Exception):
    """The file cannot be read as a table; the text tells the person why, and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table. `number` is the one that a spreadsheet shows; the header has 1."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""


def read_csv(path: Path, *, encoding: str = "") -> Iterator[Record]:
    """Every record of a file, the header included (number 1). Blank rows are left out.

    Raises `UnreadableTable` when the file cannot be read as text at all. A record the
    format does not allow is yielded with its `problem`.
    """
    encoding = encoding or detect_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(_SAMPLE)
            file.seek(0)
            yield from _records(file, detect_delimiter(sample))
    except (UnicodeError, LookupError) as error:
        raise UnreadableTable(f"The file is not readable as {encoding} text: {error}.") from error


def _records(file: IO[str], delimiter: str) -> Iterator[Record]:
    reader = csv.reader((line.replace("\0", "") for line in file), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(number, (), f"The row cannot be read: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            yield Record(number, tuple(unescape_formula(cell) for cell in cells))


def detect_encoding(path: Path) -> str:
    """By byte order mark, else UTF-8 when the whole file is, else Windows' Western one.

    A file without a mark that has many zero bytes is UTF-16. Code pages are not told apart
    by statistics: on lists of names that takes French and Spanish for Central European.
    """
    with path.open("rb") as file:
        head = file.read(4_096)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if head.count(b"\0") > len(head) // 4:
            return "utf-16-le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                decoder.decode(head)
                head = file.read(1 << 20)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252" if _is_cp1252(path) else "latin-1"
    return "utf-8"


def _is_cp1252(path: Path) -> bool:
    undefined = frozenset(b"\x81\x8d\x8f\x90\x9d")
    with path.open("rb") as file:
        return not any(undefined & set(chunk) for chunk in iter(lambda: file.read(1 << 20), b""))


def detect_delimiter(sample: str) -> str:
    """The delimiter that splits the first rows into the most columns, most evenly."""

    def score(delimiter: str) -> tuple[float, int]:
        # The last row of a sample may be cut.
        rows = [row for row in csv.reader(StringIO(sample), delimiter=delimiter) if row][:50]
        widths = [len(row) for row in (rows[:-1] or rows)]
        if not widths or widths[0] == 1:
            return (0.0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    try:
        return max(DELIMITERS, key=score)
    except csv.Error:
        return ","


def read_xlsx(path: Path, *, last_row: int = FORMAT_ROWS) -> Iterator[Record]:
    """Every record of a workbook's first sheet: values, not formulas, as text.

    Raises `UnreadableTable` when it is no workbook, unpacks to more than `_UNPACKED` bytes,
    has values below `last_row` or far to the right, or holds little but empty cells.
    """
    try:
        with ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        sheet = FirstSheet(path) if size <= _UNPACKED else None
    except (*_DAMAGE, InvalidFileException, OSError) as error:
        raise UnreadableTable(
            "The file is not a readable workbook. Save it as CSV or XLSX and try again."
        ) from error
    if sheet is None:
        raise UnreadableTable("The workbook is too large. Save it as CSV instead.")
    try:
        for number, cells in sheet.rows(
            last_row=last_row, as_text=lambda value: unescape_formula(_as_text(value))
        ):
            yield Record(number, tuple(cells))
    except RefusedSheet as error:
        raise UnreadableTable(str(error)) from error
    except _DAMAGE as error:
        raise UnreadableTable(
            "The workbook's first sheet cannot be read. Save it as CSV and upload that."
        ) from error
    finally:
        sheet.close()


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        # A workbook has no dates without a time; nobody typed this midnight.
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)
