"""How far a lead has come, and what is known about its address."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class LeadStatus(Toned, models.TextChoices):
    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    EMAIL_FAILED = "email_failed"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    INVALID = "invalid"
    CLOSED = "closed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.REPLIED, cls.QUALIFIED, cls.CONVERTED},
            bad={cls.EMAIL_FAILED, cls.BOUNCED, cls.UNSUBSCRIBED, cls.INVALID},
            quiet={cls.CLOSED},
            neutral={cls.NEW, cls.CONTACTED},
        )


# From anywhere, a person may opt out; that is never undone.
_LEAD_EXITS = {LeadStatus.UNSUBSCRIBED, LeadStatus.INVALID, LeadStatus.CLOSED}

LEAD_TRANSITIONS = Transitions(
    LeadStatus,
    {
        LeadStatus.NEW: {
            LeadStatus.CONTACTED,
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.EMAIL_FAILED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        LeadStatus.CONTACTED: {
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.EMAIL_FAILED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        LeadStatus.REPLIED: {LeadStatus.QUALIFIED, LeadStatus.BOUNCED, *_LEAD_EXITS},
        LeadStatus.QUALIFIED: {LeadStatus.CONVERTED, *_LEAD_EXITS},
        LeadStatus.CONVERTED: {LeadStatus.UNSUBSCRIBED},
        LeadStatus.EMAIL_FAILED: {
            LeadStatus.NEW,
            LeadStatus.REPLIED,
            LeadStatus.QUALIFIED,
            LeadStatus.BOUNCED,
            *_LEAD_EXITS,
        },
        # A bounce belongs to the address; the person may still write from another one.
        LeadStatus.BOUNCED: {LeadStatus.REPLIED, LeadStatus.QUALIFIED, *_LEAD_EXITS},
        LeadStatus.INVALID: {LeadStatus.NEW, LeadStatus.CLOSED},
        LeadStatus.CLOSED: {LeadStatus.REPLIED, LeadStatus.QUALIFIED, LeadStatus.UNSUBSCRIBED},
        LeadStatus.UNSUBSCRIBED: {},
    },
    initial={LeadStatus.NEW, LeadStatus.INVALID},
)

# Leads that outreach may still write to.
LEAD_OPEN_TO_OUTREACH = (LeadStatus.NEW, LeadStatus.CONTACTED)
# Leads in whose place a corrected entry may be put: nobody has answered or decided.
LEAD_CORRECTABLE = (
    *LEAD_OPEN_TO_OUTREACH,
    LeadStatus.EMAIL_FAILED,
    LeadStatus.BOUNCED,
    LeadStatus.INVALID,
)


class AddressCheck(Toned, models.TextChoices):
    """What is known about a lead's address. Undeliverable is never mailed, risky held."""

    UNVERIFIED = "unverified"
    DELIVERABLE = "deliverable"
    RISKY = "risky"
    UNDELIVERABLE = "undeliverable"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            bad={cls.UNDELIVERABLE},
            neutral={cls.UNVERIFIED, cls.DELIVERABLE, cls.RISKY},
        )


# Checks that stand in the way of outreach; such a lead waits for a person.
HELD_CHECKS = (AddressCheck.RISKY, AddressCheck.UNDELIVERABLE)

# Where leads come from, as it follows "Added from".
_SOURCE_WORDS = {
    "dummy_seed": "the fictional lead source",
    "search_api": "the lead search",
    "csv_import": "an import",
    "upload": "your upload",
    "by_hand": "manual entry",
}


def lead_source_words(source: str) -> str:
    """A stored lead source as a person would call it; itself, where nobody named it."""
    return _SOURCE_WORDS.get(source.lower(), source.replace("_", " "))
