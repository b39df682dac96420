r"""The phrases by which the classifier tells what people mean, read from the files beside this.

A phrase is a regular expression on a line of its own; an indented line goes on with the
phrase above it, and a space at either end of a line is written `[ ]`. `{day}` stands for
any of the words listed as `day` under `[words]`. A line that begins with `# ` is a comment.

A file of `[[families]]` is about one label: each family is one way of saying it, and gives
its weight once, whichever of its phrases is found. Where the same words also mean something
else ("Thursday doesn't suit", "do you do this in-house?") a family leaves them out: a reply
that nobody understands goes to a person, a wrong label acts. A file of `[phrases]` names
lists of them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FOLDER = Path(__file__).parent
# A strong phrase is enough for its label, a weak one is in doubt alone.
WEAK, STRONG = 2, 3
# Of a longer text the beginning is searched.
MOST_TEXT = 20_000

_WORD = re.compile(r"\{([a-z_]+)\}")


def prepare_text(text: str) -> str:
    """`text` as the phrases expect it: not too long, with straight apostrophes."""
    return text[:MOST_TEXT].replace("\u2019", "'").replace("\u2018", "'")


class BadPhrases(ValueError):
    """What a file says cannot be used; the text names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Family:
    """One way of saying what a label means."""

    weight: int
    pattern: re.Pattern[str]


def read_families(name: str, *, folder: Path = FOLDER) -> tuple[Family, ...]:
    """The families of one label, in the file's order. Raises `BadPhrases`."""
    reader = _Reader(name, folder=folder, keys={"families"})
    found = tuple(_family(reader, entry) for entry in reader.content["families"])
    reader.refuse_unused_words()
    return found


def _family(reader: _Reader, entry: Mapping[str, Any]) -> Family:
    if unknown := set(entry) - {"weight", "minds_case", "phrases"}:
        raise reader.fault(f"a family has no {sorted(unknown)}")
    if entry.get("weight") not in {WEAK, STRONG}:
        raise reader.fault(f"a weight is {WEAK} or {STRONG}, not {entry.get('weight')}")
    flags = re.MULTILINE | (re.NOFLAG if entry.get("minds_case") else re.IGNORECASE)
    text = reader.join(entry.get("phrases", ""))
    return Family(weight=entry["weight"], pattern=re.compile(text, flags))


def read_phrases(name: str, *, lists: Collection[str], folder: Path = FOLDER) -> dict[str, str]:
    """The named lists of one file, each as one alternation. Raises `BadPhrases`, also for
    a list that is missing and for one that nobody has asked for."""
    reader = _Reader(name, folder=folder, keys={"phrases"})
    given = reader.content["phrases"]
    if difference := set(given) ^ set(lists):
        raise reader.fault(f"missing or unknown lists: {sorted(difference)}")
    found = {key: reader.join(text) for key, text in given.items()}
    reader.refuse_unused_words()
    return found


class _Reader:
    """One file, with its words put into its phrases."""

    def __init__(self, name: str, *, folder: Path, keys: set[str]) -> None:
        self.file = folder / f"{name}.toml"
        self.content = tomllib.loads(self.file.read_text(encoding="utf-8"))
        if set(self.content) - {"words"} != keys:
            raise self.fault(f"its tables are {sorted(self.content)}, not {sorted(keys)}")
        self.words: dict[str, str] = {}
        self.used: set[str] = set()
        for word, ways in self.content.get("words", {}).items():
            # A word may be made of those above it.
            self.words[word] = f"(?:{'|'.join(map(self._with_words, ways))})"

    def fault(self, what: str) -> BadPhrases:
        return BadPhrases(f"{self.file.name}: {what}")

    def join(self, text: str) -> str:
        """The phrases of a block as one alternation, each known to compile."""
        phrases = [self._with_words(phrase) for phrase in _split_lines(text)]
        if not phrases:
            raise self.fault("a list of phrases is empty")
        for phrase in phrases:
            try:
                re.compile(phrase)
            except re.error as error:
                raise self.fault(f"{phrase!r} is no regular expression: {error}") from error
        return "|".join(phrases)

    def _with_words(self, phrase: str) -> str:
        return _WORD.sub(self._word, phrase)

    def _word(self, found: re.Match[str]) -> str:
        if found[1] not in self.words:
            raise self.fault(f"{{{found[1]}}} is not among its words")
        self.used.add(found[1])
        return self.words[found[1]]

    def refuse_unused_words(self) -> None:
        if unused := set(self.words) - self.used:
            raise self.fault(f"nothing uses its words {sorted(unused)}")


def _split_lines(text: str) -> list[str]:
    phrases: list[str] = []
    for line in text.splitlines():
        if line.startswith("# ") or not line.strip():
            continue
        if line.startswith(" ") and phrases:
            phrases[-1] += line.strip()
        else:
            phrases.append(line.strip())
    return phrases
