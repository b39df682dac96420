"""Why a mail or a document could not be written."""

from __future__ import annotations


class UnresolvedPlaceholder(Exception):
    """The brief lacks a fact that the copy cannot do without; nothing may leave.

    `fact` names what is missing, `lead_id` the lead, and the text says how to mend it.
    """

    def __init__(self, *, fact: str, lead_id: int | None, sentence: str) -> None:
        self.fact = fact
        self.lead_id = lead_id
        self.sentence = sentence
        super().__init__(f"lead {lead_id}: {fact} is missing. {sentence}")


class WriterFailed(Exception):
    """A model could not be asked, or said what cannot be used; templates write instead.

    `reason` is one word for the log, `cost_micros` what the attempts cost.
    """

    def __init__(self, reason: str, *, cost_micros: int = 0) -> None:
        self.reason = reason
        self.cost_micros = cost_micros
        super().__init__(reason)
