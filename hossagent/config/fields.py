"""The kinds of value that a variable can have, and how each is written."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, SecretStr


class EmailMode(StrEnum):
    DRY_RUN = "DRY_RUN"
    SENDGRID = "SENDGRID"
    SMTP = "SMTP"


class LeadProvider(StrEnum):
    DUMMY_SEED = "DUMMY_SEED"
    SEARCH_API = "SEARCH_API"


class LeadFallback(StrEnum):
    NONE = "NONE"
    DUMMY_SEED = "DUMMY_SEED"


class LogFormat(StrEnum):
    """How log lines look; by mode means JSON in release mode, text elsewhere."""

    BY_MODE = ""
    TEXT = "TEXT"
    JSON = "JSON"


# What a lead search API answers with, by our names; LEAD_SEARCH_FIELDS maps others to them.
LEAD_SEARCH_FIELD_NAMES = (
    *("leads", "next_cursor", "company", "contact_name", "contact_title", "email", "website"),
    *("phone", "location", "country", "timezone", "reason", "evidence"),
)

BOOLEANS = {"TRUE": True, "1": True, "FALSE": False, "0": False}


def strict_boolean(value: object) -> object:
    """TRUE, FALSE, 1 or 0 in any case, and nothing that only looks like one of them."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().upper()
    if word not in BOOLEANS:
        raise ValueError("expected TRUE, FALSE, 1 or 0")
    return BOOLEANS[word]


def comma_separated(value: object) -> object:
    """The parts of `a, b`, trimmed, without empty ones."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Flag = Annotated[bool, BeforeValidator(strict_boolean)]
Names = Annotated[tuple[str, ...], BeforeValidator(comma_separated)]
Secret = SecretStr
