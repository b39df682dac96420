"""Received mail: stored raw first, then read, matched and acted on, one row at a time.

A mail is PENDING (with the time of the next try and the last error), PROCESSED, or
UNMATCHED and waiting for a person: never silently neither.
"""

from __future__ import annotations

from agents.services.inbound.assigning import ForeignMail, assign_to_conversation, set_aside
from agents.services.inbound.opinions import ask_next
from agents.services.inbound.processing import MAX_ATTEMPTS, process_next
from agents.services.inbound.receiving import TooLarge, receive
from agents.services.inbound.reclassifying import reclassify_next
from agents.services.inbound.resuming import resume_next

__all__ = [
    "MAX_ATTEMPTS",
    "ForeignMail",
    "TooLarge",
    "ask_next",
    "assign_to_conversation",
    "process_next",
    "receive",
    "reclassify_next",
    "resume_next",
    "set_aside",
]
