"""A contract for import-linter: a room is entered by its doors only.

    [[tool.importlinter.contracts]]
    type = "rooms"
    container = "agents"
    rooms = ["outreach", "leads"]
    doors = ["services", "selectors", "forms", "errors"]
    besides = ["dev"]

Whatever stands outside `agents.outreach` may import `agents.outreach.services` and what is
below it, and the other doors; the rest of the room is its own affair. `besides` are doors
that a contract of their own guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class RoomContract(Contract):
    """Broken by each import from outside a room of something behind its doors."""

    type_name = "rooms"

    container = fields.StringField()
    rooms = fields.ListField(subfield=fields.StringField())
    doors = fields.ListField(subfield=fields.StringField())
    besides = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 # its own signature
        container = cast("str", self.container)
        open_doors = cast("list[str]", self.doors) + cast("list[str]", self.besides)
        found = []
        for room in cast("list[str]", self.rooms):
            home = f"{container}.{room}"
            if home not in graph.modules:
                found.append((container, f"{home} (no such room)"))
                continue
            doors = [f"{home}.{door}" for door in open_doors]
            behind = {
                name
                for name in graph.find_descendants(home)
                if not any(name == door or name.startswith(f"{door}.") for door in doors)
            }
            found += [
                (importer, inner)
                for inner in sorted(behind)
                for importer in sorted(graph.find_modules_that_directly_import(inner))
                if importer != home and not importer.startswith(f"{home}.")
            ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, inner in check.metadata["found"]:
            output.print_error(f"- {importer} -> {inner}: import it by a door of its room.")
            output.new_line()
