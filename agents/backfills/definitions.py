"""Every backfill of this version, in words and in code. One that is over is deleted here.

Database rows of other names are left alone: an older or newer worker knows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.backfills import counted_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Definition:
    """One backfill. Both functions name the columns that they use, for they also run between
    two migrations of an upgrade.

    `left` selects the rows that have no value yet, and only rows that `fill` can fill. `fill`
    gives the rows of these keys their value where it is still missing, waits for no other
    writer, and returns how many rows it changed.
    """

    name: str
    does: str
    left: Callable[[], QuerySet[Any]]
    fill: Callable[[Sequence[int]], int]


DEFINITIONS = {
    definition.name: definition
    for definition in (
        Definition(
            "message_counted_on",
            "Writes down which of the customer's days counted each email that was sent",
            counted_on.left,
            counted_on.fill,
        ),
    )
}
