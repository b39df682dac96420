"""No cell of a CSV file acts as a formula, and reading back gives what was written."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hossagent.lib.csv_export import csv_pieces, escape_formula, unescape_formula, write_csv


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1 555", "-2", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0"]
)
def test_a_formula_is_escaped(cell: str) -> None:
    file = StringIO()

    write_csv(file, [[cell, None, 5]])

    assert next(csv.reader(StringIO(file.getvalue(), newline=""))) == [f"'{cell}", "", "5"]


def test_a_long_file_comes_in_pieces_and_is_marked_as_utf8_once() -> None:
    pieces = list(csv_pieces([n, "=1+1", "é"] for n in range(1_001)))

    assert len(pieces) == 3
    text = "".join(pieces)
    assert text == "\ufeff" + "".join(f"{n},'=1+1,é\r\n" for n in range(1_001))
    assert list(csv_pieces([])) == []


@given(st.text())
def test_reading_back_gives_what_was_written(text: str) -> None:
    assert unescape_formula(
        escape_formula(text.strip())
    ) == text.strip() or text.strip().startswith("'")
