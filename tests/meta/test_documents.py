"""The documents stay true where a machine can tell: links, commands, paths and keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from agents.reports.selectors.summary import generate_daily_summary
from hossagent.config import BASE_DIR
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPS = {"hossagent", "accounts", "billing", "agents", "portal", "marketing"}
DOCUMENTS = [BASE_DIR / "README.md", *sorted((BASE_DIR / "docs").rglob("*.md"))]
OWN_COMMANDS = {name for name, app in get_commands().items() if str(app) in APPS}
# Named in the documents and the framework's own.
FRAMEWORK_COMMANDS = {"createsuperuser", "migrate"}

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
CODE = re.compile(r"`([^`\n]+)`")


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


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_is_linked() -> None:
    linked = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in LINK.findall(document.read_text(encoding="utf-8"))
    }
    unlinked = [
        name_of(document)
        for document in DOCUMENTS[1:]
        if document not in linked and document.parent not in linked
    ]

    assert unlinked == []


def test_every_command_that_is_named_exists() -> None:
    named = {
        name for document in DOCUMENTS for name in COMMAND.findall(document.read_text("utf-8"))
    }

    assert named - OWN_COMMANDS - FRAMEWORK_COMMANDS - {"NAME"} == set()


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


@pytest.mark.django_db
def test_the_summary_s_keys_are_the_documented_ones() -> None:
    text = (BASE_DIR / "docs" / "operate" / "summary.md").read_text(encoding="utf-8")
    table = text.split("## The JSON")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    documented = [key for row in rows for key in CODE.findall(row)]

    assert documented == list(keys_of(generate_daily_summary(now=clock.now()).as_json()))
