"""The files of phrases: what a line may say, and that no fault in one goes unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.inbox.classify.phrases import (
    FOLDER,
    BadPhrases,
    Family,
    read_families,
    read_phrases,
)

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = "[[families]]\nweight = 3\nphrases = '''\n{}\n'''\n"


def families(folder: Path, text: str) -> tuple[Family, ...]:
    (folder / "label.toml").write_text(text, encoding="utf-8")
    return read_families("label", folder=folder)


def phrases(folder: Path, text: str, *, lists: list[str]) -> dict[str, str]:
    (folder / "lists.toml").write_text(text, encoding="utf-8")
    return read_phrases("lists", lists=lists, folder=folder)


def test_each_line_is_a_phrase_and_an_indented_one_goes_on(tmp_path: Path) -> None:
    text = "[phrases]\nmany = '''\n# a comment\none\ntwo|\n    three\n    [ ]four\n\nfive\n'''\n"

    found = phrases(tmp_path, text, lists=["many"])

    assert found == {"many": "one|two|three[ ]four|five"}


def test_a_word_stands_for_any_of_its_alternatives(tmp_path: Path) -> None:
    """One word may be made of another above it."""
    text = "[words]\nday = ['mon', 'tue']\nwhen = ['on {day}', 'soon']\n[phrases]\nx = '{when}!'\n"

    found = phrases(tmp_path, text, lists=["x"])

    assert found == {"x": "(?:on (?:mon|tue)|soon)!"}


def test_a_family_has_its_weight_and_its_case(tmp_path: Path) -> None:
    text = FAMILY.format("^yes$") + FAMILY.format("Ask [A-Z]").replace("3", "2", 1).replace(
        "phrases", "minds_case = true\nphrases"
    )

    plain, minding = families(tmp_path, text)

    assert (plain.weight, minding.weight) == (3, 2)
    assert plain.pattern.search("well\nYES\n")
    assert minding.pattern.search("Ask Ann")
    assert not minding.pattern.search("ask ann")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (FAMILY.format("(oops"), r"label\.toml: '\(oops' is no regular expression"),
        (FAMILY.format("# nothing"), r"label\.toml: a list of phrases is empty"),
        (FAMILY.format("on {day}"), r"label\.toml: \{day\} is not among its words"),
        (FAMILY.format("x").replace("3", "4"), r"label\.toml: a weight is 2 or 3, not 4"),
        (FAMILY.format("x") + "cases = true\n", r"label\.toml: a family has no \['cases'\]"),
        ("[words]\nday = ['x']\n" + FAMILY.format("y"), r"nothing uses its words \['day'\]"),
        ("[interest]\n" + FAMILY.format("y"), r"label\.toml: its tables are"),
    ],
)
def test_a_fault_in_a_family_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(BadPhrases, match=fault):
        families(tmp_path, text)


@pytest.mark.parametrize("lists", [["absence", "gone"], []], ids=["missing", "unknown"])
def test_a_list_that_is_missing_or_unknown_is_named(tmp_path: Path, lists: list[str]) -> None:
    with pytest.raises(BadPhrases, match=r"lists\.toml: missing or unknown lists"):
        phrases(tmp_path, "[phrases]\nabsence = 'away'\n", lists=lists)


def test_every_file_has_a_reader_and_fits_a_screen() -> None:
    files = sorted(FOLDER.glob("*.toml"))
    wide = [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 100 or line != line.rstrip()
    ]

    assert {path.stem for path in files} == {
        *("interested", "question", "referral", "not_now", "not_interested"),
        *("opt_out", "out_of_office", "quoting"),
    }
    assert wide == []
