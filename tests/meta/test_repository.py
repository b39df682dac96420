"""Rules of the house that a machine can hold, read from the files themselves."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import pytest

from hossagent.config import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = ("hossagent", "accounts", "billing", "agents", "portal", "marketing")


def tracked(*patterns: str) -> list[Path]:
    """Files that belong to the project: tracked, or new and not ignored."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return sorted({BASE_DIR / name for name in names if name and (BASE_DIR / name).is_file()})


def product_files() -> list[Path]:
    return [
        path
        for path in tracked("*.py")
        if path.relative_to(BASE_DIR).parts[0] in APPS and "migrations" not in path.parts
    ]


def lines_of(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        name = path.relative_to(BASE_DIR)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{name}:{number}", line


# --- gates ---------------------------------------------------------------------------

SWALLOWS = re.compile(
    r"\|\|\s*(true|:|echo|exit 0)\b|\|\|\s*:\s*$|continue-on-error|set \+e|--reruns|--exit-zero"
)


def gate_files() -> list[Path]:
    return tracked("Makefile", ".ci/*", "scripts/*", "docker-compose.yml", "Dockerfile")


def test_no_gate_swallows_its_failure() -> None:
    found = [where for where, line in lines_of(gate_files()) if SWALLOWS.search(line)]

    assert found == []


def test_no_recipe_ignores_its_exit_code() -> None:
    recipes = [(w, line) for w, line in lines_of([BASE_DIR / "Makefile"]) if line.startswith("\t")]

    assert [where for where, line in recipes if line.lstrip("\t@").startswith("-")] == []


def test_make_alone_lists_every_target() -> None:
    shown = subprocess.run(["make"], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    makefile = (BASE_DIR / "Makefile").read_text("utf-8").replace("\\\n", " ")
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    assert re.findall(r"^make ([a-z0-9-]+) +\S", shown.stdout, re.MULTILINE) == [
        *re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE)
    ]
    assert sorted(phony[0].split()) == sorted(
        re.findall(r"^make (\S+)", shown.stdout, re.MULTILINE)
    )


@pytest.mark.parametrize(
    "line",
    ["pytest || true", "make check || :", "mypy . || echo bad", "set +e", "ruff --exit-zero"],
)
def test_a_swallowed_failure_is_recognized(line: str) -> None:
    assert SWALLOWS.search(line)


# --- exceptions to the rules ---------------------------------------------------------

NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)$")
NOQA_FORM = re.compile(r": [A-Z]+\d+(, ?[A-Z]+\d+)* # \S.*$")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)$")
IGNORE_FORM = re.compile(r"\[[a-z, -]+\] # \S.*$")


def test_every_exception_names_its_rule_and_its_reason() -> None:
    bare = []
    for where, line in lines_of(tracked("*.py")):
        if "djstripe_migrations" in where or where.startswith("tests/meta/test_repository.py"):
            continue
        for mark, form in ((NOQA, NOQA_FORM), (IGNORE, IGNORE_FORM)):
            found = mark.search(line)
            if found and not form.match(found["rest"].rstrip()):
                bare.append(where)

    assert bare == []


# --- product code --------------------------------------------------------------------

TEST_BRANCH = re.compile(
    r"sys\.argv|settings\.TESTING|\blocmem\b|PYTEST|\bpytest\b|unittest|\bIS_TEST\b|--reruns"
)
# The supervisor's launcher is a program with arguments of its own.
READS_ARGUMENTS = {"hossagent/embedded/child.py"}


def test_product_code_does_not_know_that_it_is_tested() -> None:
    found = [
        where
        for where, line in lines_of(product_files())
        if TEST_BRANCH.search(line) and where.split(":")[0] not in READS_ARGUMENTS
    ]

    assert found == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    templates = tracked("templates/*", "static/*.css", "static/*.js")
    found = [where for where, line in lines_of(product_files() + templates) if later.search(line)]

    assert found == []


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(BASE_DIR))
        for path in product_files()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


# --- writes --------------------------------------------------------------------------

WRITES = {
    "create", "update", "delete", "save", "bulk_create", "bulk_update", "get_or_create",
    "update_or_create", "move", "aupdate", "acreate", "asave",
}  # fmt: skip
# Where rows may be written: services, and what the framework wants elsewhere.
WRITERS = {"services", "models", "management", "migrations"}
# Each with the reason why the write cannot live in a service.
ALLOWED_WRITES = {
    "agents/backfills/counted_on.py": "what a batch fills, below the service that runs batches",
    "agents/lease.py": "the customer's lease, below every service that asks for a cycle",
    "billing/stripe_sync/store.py": "the one writer of Stripe's mirror, below the services",
    "billing/stripe_sync/project.py": "the one writer of Stripe's state on Subscription",
}


def is_row_write(node: ast.AST) -> TypeGuard[ast.Call]:
    """`….objects….update(…)` and the like, or `.save(…)` on anything."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr not in WRITES:
        return False
    chain: ast.AST = node.func.value
    while isinstance(chain, ast.Call | ast.Attribute):
        if isinstance(chain, ast.Attribute) and chain.attr in {"objects", "_default_manager"}:
            return True
        chain = chain.func if isinstance(chain, ast.Call) else chain.value
    return (
        node.func.attr in {"save", "delete"}
        and not isinstance(chain, ast.Call)
        and not (isinstance(chain, ast.Name) and chain.id in {"super", "cache", "form"})
    )


def test_rows_are_written_in_services_only() -> None:
    found = []
    for path in product_files():
        name = str(path.relative_to(BASE_DIR))
        if WRITERS & set(re.split(r"[/.]", name)) or name in ALLOWED_WRITES:
            continue
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        found += [f"{name}:{node.lineno}" for node in nodes if is_row_write(node)]

    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Lead.objects.filter(pk=1).update(status='x')", True),
        ("customer.leads.create(a=1)", False),
        ("lead.save(update_fields=['a'])", True),
        ("found.update({'a': 1})", False),
        ("super().save(commit)", False),
        ("Lead.objects.filter(pk=1).count()", False),
    ],
)
def test_a_write_is_recognized(code: str, *, expected: bool) -> None:
    assert any(is_row_write(node) for node in ast.walk(ast.parse(code))) is expected
