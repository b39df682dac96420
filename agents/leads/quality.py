"""What to be warned of in a list of leads: a share above its limit, with its number. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A list with fewer rows is too short to judge.
SAMPLE_FLOOR = 20


@dataclass(frozen=True, slots=True)
class ListQuality:
    """Counts over the rows of one list."""

    rows: int = 0
    role: int = 0
    free_mail: int = 0
    nameless: int = 0
    suppressed: int = 0
    held: int = 0

    def __add__(self, other: ListQuality) -> ListQuality:
        return ListQuality(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )

    def as_dict(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def of(cls, stored: Mapping[str, int]) -> ListQuality:
        return cls(**{f.name: int(stored.get(f.name, 0)) for f in fields(cls)})


# Count → the share in percent above which it is worth a warning, and the words for it.
_LIMITS = {
    "role": (15, "are shared mailboxes such as info@. Personal addresses get more replies."),
    "free_mail": (40, "are at free email providers. Are these really companies?"),
    "nameless": (10, "have no contact name. Their emails start with a general greeting."),
    "suppressed": (10, "are on your do-not-contact list. Where does this list come from?"),
    "held": (5, "have a risky address and are on hold. Replace it with the person's own address."),
}


def list_warnings(quality: ListQuality) -> list[str]:
    """One sentence for each share above its limit; none for a list too short to judge."""
    if quality.rows < SAMPLE_FLOOR:
        return []
    warnings = []
    for name, (limit, words) in _LIMITS.items():
        count = getattr(quality, name)
        if count * 100 > limit * quality.rows:
            share = round(count * 100 / quality.rows)
            warnings.append(f"{count:,} of {quality.rows:,} rows ({share}%) {words}")
    return warnings
