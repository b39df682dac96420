"""The corpus as raw mails: each text in `mails/` as the named program would send it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agents.states import ReplyLabel
from tests.agents.inbox.classify.corpus import clients, machines

FOLDER = Path(__file__).parent / "mails"


@dataclass(frozen=True, slots=True)
class Case:
    """One mail of the corpus. `resumes` is the day of return that an absence note names."""

    label: ReplyLabel
    name: str
    raw: bytes
    resumes: date | None = None


def read_cases(name: str) -> list[Case]:
    """The mails of one file, in its order."""
    labels = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return [
        _make_case(ReplyLabel(label), name, dict(fields))
        for label, cases in labels.items()
        for name, fields in cases.items()
    ]


def _make_case(label: ReplyLabel, name: str, fields: dict[str, Any]) -> Case:
    client, resumes = fields.pop("client"), fields.pop("resumes", "")
    write = getattr(clients, client, None) or getattr(machines, client)
    raw = write(**fields)
    return Case(label, name, raw, date.fromisoformat(resumes) if resumes else None)
