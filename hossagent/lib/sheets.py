"""The first sheet of a workbook, opened so that only what matters for a list is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from hossagent.lib.sheet_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zipfile import ZipFile

# The longest format code that Excel allows.
FORMAT_CODE = 255


class FirstSheet:
    """The first sheet of a workbook; its file is open until `close`.

    Opening raises what openpyxl raises about files that are no workbook.
    """

    def __init__(self, path: Path) -> None:
        book = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
        self._archive = book.archive
        try:
            book.read_manifest()
            book.read_strings()
            book.read_workbook()
            self._name = _first_sheet_name(book)
            self._strings, self._epoch = book.shared_strings, book.wb.epoch
            self._dates, self._spans = _date_styles(self._archive)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._archive.close()

    def rows(
        self, *, last_row: int, as_text: Callable[[object], str]
    ) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of each row that holds text. Raises `RefusedSheet`."""
        with self._archive.open(self._name) as source:
            cells = WorkSheetParser(
                source,
                self._strings,
                data_only=True,
                epoch=self._epoch,
                date_formats=self._dates,
                timedelta_formats=self._spans,
            )
            yield from read_rows(source, cells, last_row=last_row, as_text=as_text)


def _first_sheet_name(book: ExcelReader) -> str:
    """The name of its part, empty when there is no sheet with cells."""
    for _, part in book.parser.find_sheets():
        if part.target in book.valid_files and "chartsheet" not in part.Type:
            return str(part.target)
    return ""


def _date_styles(archive: ZipFile) -> tuple[set[int], set[int]]:
    """The numbers of the styles that show a number as a date, and as a span of time.

    Nothing else is read of the styles: openpyxl refuses workbooks that Excel opens over
    fills and fonts that do not matter here.
    """
    try:
        sheet = fromstring(archive.read(ARC_STYLE))
    except KeyError:
        return set(), set()
    names = {"x": SHEET_MAIN_NS}
    codes = {
        int(code.get("numFmtId", "")): code.get("formatCode") or ""
        for code in sheet.iterfind("x:numFmts/x:numFmt", names)
    }
    used = [int(style.get("numFmtId", 0)) for style in sheet.iterfind("x:cellXfs/x:xf", names)]
    for number in set(used):
        code = codes.get(number) or builtin_format_code(number) or ""
        codes[number] = code if len(code) <= FORMAT_CODE else ""
    dates = {number for number in set(used) if is_date_format(codes[number])}
    spans = {number for number in set(used) if is_timedelta_format(codes[number])}
    return (
        {style for style, number in enumerate(used) if number in dates},
        {style for style, number in enumerate(used) if number in spans},
    )
