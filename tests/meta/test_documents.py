"""The documents stay true where a machine can tell: links, commands, addresses, keys, and the
paths and names of code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from agents.reports.selectors.summary import generate_daily_summary
from billing.services.events import HANDLED
from hossagent.config import BASE_DIR
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPS = {"hossagent", "accounts", "billing", "agents", "portal", "marketing"}
README = BASE_DIR / "README.md"
# They name files and functions.
FOR_DEVELOPERS = [
    BASE_DIR / "CONTRIBUTING.md",
    *sorted((BASE_DIR / "docs" / "developing").rglob("*.md")),
]
DOCUMENTS = sorted(
    {README, BASE_DIR / "CHANGELOG.md", *FOR_DEVELOPERS, *(BASE_DIR / "docs").rglob("*.md")}
)
OWN_COMMANDS = {name for name, app in get_commands().items() if str(app) in APPS}

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
ANCHOR = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FOLDERS = APPS | {"templates", "static", "tests", "docs", "scripts", "benchmarks", ".ci"}
# APP, NAME and the like stand for any name.
ANY_NAME = re.compile(r"\b[A-Z]{3,}\b")


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


def keys_of(value: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        # What a source is called is data, not part of the shape.
        if isinstance(inner, dict) and name != "leads.by_source":
            yield from keys_of(inner, f"{name}.")
        else:
            yield name


def anchors_of(document: Path) -> set[str]:
    """What a link may name after `#`, made from the headings as hosts of Markdown do it."""
    titles = HEADING.findall(document.read_text(encoding="utf-8"))
    words = [re.sub(r"[^\w\s-]", "", title.lower()) for title in titles]
    return {re.sub(r"\s", "-", word) for word in words}


def codes_in(documents: list[Path]) -> set[str]:
    """What stands between backticks, without blocks of code."""
    texts = [FENCED.sub("", document.read_text(encoding="utf-8")) for document in documents]
    return {code for text in texts for code in CODE.findall(text)}


def is_there(path: str) -> bool:
    """A folder or a file of the repository; a module may be named without its ending."""
    pattern = ANY_NAME.sub("*", path.rstrip("/"))
    return any(found for ending in ("", ".py") for found in BASE_DIR.glob(pattern + ending))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_anchor_is_a_heading(document: Path) -> None:
    links = ANCHOR.findall(document.read_text(encoding="utf-8"))
    wrong = [
        f"{link}#{anchor}"
        for link, anchor in links
        if anchor not in anchors_of(document.parent / link if link else document)
    ]

    assert wrong == []


def test_every_document_is_linked() -> None:
    linked = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in LINK.findall(document.read_text(encoding="utf-8"))
    }
    unlinked = [
        name_of(document)
        for document in DOCUMENTS
        if document != README and document not in linked and document.parent not in linked
    ]

    assert unlinked == []


def test_every_command_that_is_named_exists() -> None:
    named = {
        name for document in DOCUMENTS for name in COMMAND.findall(document.read_text("utf-8"))
    }

    assert named - get_commands().keys() - {"NAME"} == set()


def test_every_command_is_documented() -> None:
    text = (BASE_DIR / "docs" / "operate" / "commands.md").read_text(encoding="utf-8")
    named = {code.split()[0] for code in CODE.findall(text)}

    assert OWN_COMMANDS - named == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_address_that_is_named_exists(document: Path) -> None:
    paths = {
        code.split("?")[0].replace("<", "").replace(">", "")
        for code in CODE.findall(document.read_text(encoding="utf-8"))
        if re.fullmatch(r"/[a-z][\w/<>?=-]*", code)
    }
    missing = []
    for path in sorted(paths):
        try:
            resolve(path if path != "/admin" else "/admin/")
        except Resolver404:
            missing.append(path)

    assert missing == []


@pytest.mark.parametrize("document", FOR_DEVELOPERS, ids=name_of)
def test_every_path_that_is_named_exists(document: Path) -> None:
    paths = {
        code
        for code in codes_in([document])
        if re.fullmatch(r"\S+/\S*", code) and code.split("/")[0] in FOLDERS
    }

    assert [path for path in sorted(paths) if not is_there(path)] == []


def test_every_name_of_code_exists() -> None:
    files = [path for folder in FOLDERS for path in (BASE_DIR / folder).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    functions = set(re.findall(r"(?:def|class) (\w+)", source))
    words, tasks = set(re.findall(r"\w+", source)), set(re.findall(r'"([a-z]+\.[a-z_]+)"', source))
    codes = codes_in(FOR_DEVELOPERS)

    named = {code.removesuffix("()") for code in codes if re.fullmatch(r"\w+\(\)", code)}
    assert sorted(named - functions) == []
    assert sorted({code for code in codes if re.fullmatch(r"_?[A-Z]\w+", code)} - words) == []
    in_apps = re.compile(rf"(?:{'|'.join(sorted(APPS))})\.[a-z_]+")
    assert sorted({code for code in codes if in_apps.fullmatch(code)} - tasks) == []


def test_the_named_events_of_stripe_are_the_handled_ones() -> None:
    codes = codes_in([BASE_DIR / "docs" / "operate" / "billing.md"])
    events = {
        code for code in codes if re.fullmatch(r"(?:checkout|customer|invoice)\.[a-z_.]+", code)
    }

    assert events == HANDLED


@pytest.mark.django_db
def test_the_summary_s_keys_are_the_documented_ones() -> None:
    text = (BASE_DIR / "docs" / "operate" / "summary.md").read_text(encoding="utf-8")
    table = text.split("## The JSON")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    documented = [key for row in rows for key in CODE.findall(row)]

    assert documented == list(keys_of(generate_daily_summary(now=clock.now()).as_json()))
