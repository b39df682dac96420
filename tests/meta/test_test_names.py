"""A test is found by the name of what it tests: files mirror modules, names fit a line."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import pytest

from hossagent.config import BASE_DIR

if TYPE_CHECKING:
    from pathlib import Path

TESTS = BASE_DIR / "tests"

# Folders whose files are named for a subject, because no single module is under test.
BY_SUBJECT = {
    "tests/agents/inbox/classify/corpus": "raw mails, as data for the whole classifier",
    "tests/e2e": "what a person does in a browser",
    "tests/fakes": "the fakes are tests' own; their tests stand beside them",
    "tests/faults": "processes that are killed, over the whole installation",
    "tests/meta": "rules about the repository",
    "tests/upgrade": "databases of earlier releases, over the whole installation",
}
# Files that no module stands for, each with the reason.
NO_MODULE = {
    "tests/agents/admin/test_console.py": "every page of the console",
    "tests/agents/admin/test_import_by_operator.py": "upload, columns, import and mail together",
    "tests/agents/admin/test_imports.py": "the lists of uploads, made by the admin's registry",
    "tests/agents/leads/test_import_command.py": "the command, and all of the import behind it",
    "tests/agents/outreach/test_lessons.py": "known failures of sending by machine",
    "tests/agents/outreach/test_private_mailboxes.py": "leads, gate and plan together",
    "tests/agents/outreach/test_sending_document.py": "a document",
    "tests/agents/test_whole_loop.py": "the whole loop",
    "tests/billing/admin/test_customer_actions.py": "the console's buttons, with a Stripe behind",
    "tests/hossagent/lib/schema/test_operations.py": "every operation, on the same table",
    "tests/portal/test_leaks.py": "every page of the portal",
    "tests/portal/test_sizes.py": "every page of the portal",
}

LONGEST_NAME = 60


def name_of(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


@cache
def modules_of(package: Path) -> set[str]:
    """The names of a package, of the packages in it and of all their modules."""
    files = list((BASE_DIR / package).rglob("*.py"))
    return {path.stem for path in files} | {path.parent.name for path in files}


def has_module(path: Path) -> bool:
    """`tests/billing/services/test_events_races.py` is about `events` somewhere below
    `billing/services`; what follows the module's name says which side of it."""
    subject = path.stem.removeprefix("test_") + "_"
    modules = modules_of(path.parent.relative_to(TESTS))
    return any(subject.startswith(f"{module}_") for module in modules)


def long_names(code: str) -> list[str]:
    return [
        node.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and len(node.name) > LONGEST_NAME
    ]


def test_files_mirror_the_modules() -> None:
    mirrors_nothing = {
        name_of(path)
        for path in TESTS.rglob("test_*.py")
        if name_of(path.parent) not in BY_SUBJECT and not has_module(path)
    }

    assert mirrors_nothing == set(NO_MODULE)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("billing/services/test_events.py", True),
        ("billing/services/test_events_races.py", True),
        ("billing/test_events.py", True),
        ("billing/services/test_eventually.py", False),
        ("accounts/services/test_events.py", False),
        ("nowhere/test_events.py", False),
    ],
)
def test_module_of_a_test_file_is_recognized(path: str, *, expected: bool) -> None:
    assert has_module(TESTS / path) is expected


def test_names_of_tests_fit_a_line() -> None:
    long = [
        f"{name_of(path)}: {name}"
        for path in sorted(TESTS.rglob("test_*.py"))
        for name in long_names(path.read_text("utf-8"))
    ]

    assert long == []


def test_long_name_is_recognized() -> None:
    fits, longer = "test_" + 55 * "a", "test_" + 56 * "b"

    assert long_names(f"def {fits}(): ...\nclass A:\n  def {longer}(self): ...") == [longer]
