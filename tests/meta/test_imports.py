"""Imports of the product go one way, and no string names a function."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from hossagent.config import BASE_DIR
from tests.meta.test_repository import APPS, product_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Django and the logging module take these by name.
NAMED_IN = {"hossagent.settings", "hossagent.apps", "hossagent.logging"}


def module_of(path: Path) -> str:
    parts = list(path.relative_to(BASE_DIR).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product, parsed."""
    return {module_of(path): ast.parse(path.read_text("utf-8")) for path in product_files()}


def imported_by(tree: ast.Module) -> Iterator[str]:
    """The modules of the product that `tree` imports, wherever in the file, for types too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules() else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def in_cycles(graph: dict[str, set[str]]) -> list[str]:
    """The modules on a way from one module back to itself, and those between two such ways."""
    left = dict(graph)
    while True:
        inner = {name: others & left.keys() for name, others in left.items()}
        imported = {other for others in inner.values() for other in others}
        left = {name: others for name, others in inner.items() if others and name in imported}
        if left.keys() == inner.keys():
            return sorted(left)


def test_a_cycle_of_any_size_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}, "f": {"f"}}

    assert in_cycles(graph) == ["a", "b", "c", "f"]


def test_no_module_imports_itself_by_any_way_round() -> None:
    graph = {name: set(imported_by(tree)) & set(modules()) for name, tree in modules().items()}

    assert in_cycles(graph) == []
    # The walk sees what the files say: everybody knows the models.
    assert "agents.models" in graph["agents.outreach.services.send.begin"]


def names_in(tree: ast.Module) -> set[str]:
    """What a module defines or imports at its top."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names.update((alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def is_name_of_a_function(text: str) -> bool:
    module, _, name = text.rpartition(".")
    return module in modules() and name in names_in(modules()[module])


def test_no_string_names_a_function() -> None:
    found = [
        f"{name}:{node.lineno} {node.value}"
        for name, tree in modules().items()
        if name not in NAMED_IN
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(tuple(f"{app}." for app in APPS))
        and is_name_of_a_function(node.value)
    ]

    assert found == []
    assert is_name_of_a_function("agents.outreach.services.send.send_next")
