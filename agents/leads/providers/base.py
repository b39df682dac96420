"""What a lead provider is: one question, one answer, and the errors it may raise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody that a provider, an upload or a person proposes as a lead.

    All text is untrusted and as found; `agents.leads.services.prepare` makes it storable.
    `evidence` holds facts that copy may state, each {"text", "source"} and, when the
    provider knows it, "at"; `provenance` says where the candidate came from.
    """

    company: str = ""
    contact_name: str = ""
    contact_title: str = ""
    email: str = ""
    website: str = ""
    phone: str = ""
    location: str = ""
    country: str = ""
    timezone: str = ""
    reason: str = ""
    evidence: Sequence[dict[str, Any]] = ()
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Somebody the provider looked at and did not propose, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """An answer. `next_cursor` is None when the provider has nobody else to offer.

    `note` says what was wrong with an answer that can still be used.
    """

    candidates: Sequence[Candidate]
    next_cursor: str | None
    rejected: Sequence[Rejected] = ()
    note: str = ""


class ProviderFailed(Exception):
    """The provider gave no usable answer; `status` is for the log, the text for people."""

    def __init__(self, status: str, sentence: str, *, retry_after_seconds: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class LeadProvider(Protocol):
    """Finds leads. It keeps no state, so a cursor from last week still works."""

    @property
    def name(self) -> str: ...

    def find(self, *, niche: str, geography: str, wanted: int, cursor: str) -> Found:
        """At most `wanted` candidates from `cursor` on ("" at the start).

        Raises `ProviderFailed` when there is no usable answer.
        """
        ...
