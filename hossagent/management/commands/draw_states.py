"""Draw docs/reference/states.md from the transition tables in code."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management.base import BaseCommand

from hossagent.generated import write_or_check

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import Model

    from hossagent.lib.transitions import Transitions

PATH = "docs/reference/states.md"
HEAD = """\
# States

Every status and what may follow it, drawn from the tables in `accounts/states.py`,
`agents/states/` and `billing/states.py` by `make docs`. The same tables are written into
the database as triggers, so a move that is not drawn here cannot happen, whoever tries it.
"""


class Command(BaseCommand):
    help = "Draw docs/reference/states.md, or check that it is in step."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        for name in write_or_check({PATH: draw()}, check=check):
            self.stdout.write(f"Wrote {name}.")


def stateful_models() -> list[type[Model]]:
    """Every model with a transition table, by name."""
    found = [model for model in apps.get_models() if hasattr(model, "transitions")]
    return sorted(found, key=lambda model: model.__name__)


def draw() -> str:
    return "\n".join([HEAD, *(_section(model) for model in stateful_models())])


def _section(model: type[Model]) -> str:
    table: Transitions = model.transitions  # type: ignore[attr-defined] # selected by it
    lines = [f"## {model.__name__}", ""]
    sentence = inspect.getdoc(table.states) if table.states.__doc__ else ""
    own = table.states.__doc__ not in {None, type(table.states).__doc__}
    if own and sentence:
        lines += [sentence, ""]
    lines += ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {status}" for status in sorted(table.initial)]
    lines += [f"    {source} --> {target}" for source, target in table.pairs()]
    lines += [f"    {status} --> [*]" for status in sorted(table.terminal)]
    return "\n".join([*lines, "```", ""])
