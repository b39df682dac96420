"""What may touch the outside world: each subsystem is LIVE or DRY_RUN, with the reason.

This is the one place that decides (SPEC section 2). Everything is computed from the
configuration; nothing is remembered and nothing here opens a connection.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings

from hossagent.config import EmailMode, LeadProvider

if TYPE_CHECKING:
    from pydantic import SecretStr

    from hossagent.config import Config

logger = logging.getLogger("hossagent.subsystems")

HIGH_VOLUME_PER_HOUR = 100


class Mode(StrEnum):
    LIVE = "LIVE"
    DRY_RUN = "DRY_RUN"


@dataclass(frozen=True, slots=True)
class Subsystem:
    """One subsystem's mode. `fix` says what to set to make it live; empty when it is."""

    name: str
    mode: Mode
    reason: str
    fix: str = ""
    wanted_live: bool = False

    @property
    def is_live(self) -> bool:
        return self.mode is Mode.LIVE

    @property
    def is_fallback(self) -> bool:
        """Somebody asked for live and did not get it."""
        return self.wanted_live and not self.is_live


# Values that people leave in templates; a real key never looks like these.
PLACEHOLDERS = ("changeme", "change-me", "your_", "your-", "xxx", "todo", "replace", "fake", "<")

# The vendors' own key formats: a key of another shape is never tried against them.
SENDGRID_KEY = re.compile(r"SG\.[\w-]{16,}\.[\w-]{16,}$")
STRIPE_KEY = re.compile(r"[sr]k_(test|live)_\w{16,}$")


def _missing(**values: str | SecretStr) -> list[str]:
    """Names whose value is empty or an obvious placeholder, in the order given."""
    names = []
    for name, value in values.items():
        text = value if isinstance(value, str) else value.get_secret_value()
        if not text or any(mark in text.lower() for mark in PLACEHOLDERS):
            names.append(name)
    return names


def _live_unless(
    name: str, *, problems: list[str], live: str, config: Config, wanted: bool = True
) -> Subsystem:
    if not problems:
        return Subsystem(name, Mode.LIVE, live)
    reason = "missing or invalid: " + ", ".join(problems)
    fix = "Set " + ", ".join(problems) + "."
    return Subsystem(name, Mode.DRY_RUN, reason, fix, wanted or config.RELEASE_MODE)


def email(config: Config | None = None) -> Subsystem:
    """Prospect mail: live when a transport is chosen and has all it needs."""
    config = config or settings.CONFIG
    if config.EMAIL_MODE is EmailMode.DRY_RUN:
        return Subsystem(
            "email",
            Mode.DRY_RUN,
            "EMAIL_MODE is DRY_RUN",
            "Set EMAIL_MODE to SENDGRID or SMTP and its credentials.",
            config.RELEASE_MODE,
        )
    if config.EMAIL_MODE is EmailMode.SENDGRID:
        problems = _missing(
            SENDGRID_API_KEY=config.SENDGRID_API_KEY,
            SENDGRID_FROM_EMAIL=config.SENDGRID_FROM_EMAIL,
            SENDGRID_WEBHOOK_KEY=config.SENDGRID_WEBHOOK_KEY,
        )
        if not SENDGRID_KEY.match(config.SENDGRID_API_KEY.get_secret_value()):
            problems = sorted({*problems, "SENDGRID_API_KEY"})
        sender, field = config.SENDGRID_FROM_EMAIL, "SENDGRID_FROM_EMAIL"
    else:
        problems = _missing(
            SMTP_HOST=config.SMTP_HOST,
            SMTP_FROM_EMAIL=config.SMTP_FROM_EMAIL,
            IMAP_HOST=config.IMAP_HOST,
            IMAP_USERNAME=config.IMAP_USERNAME,
            IMAP_PASSWORD=config.IMAP_PASSWORD,
        )
        sender, field = config.SMTP_FROM_EMAIL, "SMTP_FROM_EMAIL"
    if field not in problems and "@" not in sender:
        problems.append(field)
    return _live_unless(
        "email", problems=problems, live=f"sends through {config.EMAIL_MODE}", config=config
    )


def leads(config: Config | None = None) -> Subsystem:
    """Lead search: live when the search API has an address and a key."""
    config = config or settings.CONFIG
    if config.LEAD_SOURCE_PROVIDER is LeadProvider.DUMMY_SEED:
        return Subsystem(
            "leads",
            Mode.DRY_RUN,
            "LEAD_SOURCE_PROVIDER is DUMMY_SEED (fictional leads)",
            "Set LEAD_SOURCE_PROVIDER=SEARCH_API, LEAD_SEARCH_API_URL and LEAD_SEARCH_API_KEY.",
            config.RELEASE_MODE,
        )
    problems = _missing(
        LEAD_SEARCH_API_URL=config.LEAD_SEARCH_API_URL,
        LEAD_SEARCH_API_KEY=config.LEAD_SEARCH_API_KEY,
    )
    if "LEAD_SEARCH_API_URL" not in problems and not config.LEAD_SEARCH_API_URL.startswith(
        ("http://", "https://")
    ):
        problems.append("LEAD_SEARCH_API_URL")
    return _live_unless("leads", problems=problems, live="asks the search API", config=config)


def stripe(config: Config | None = None) -> Subsystem:
    """Payments: live when switched on with a key that looks like Stripe's."""
    config = config or settings.CONFIG
    if not config.ENABLE_STRIPE:
        return Subsystem(
            "stripe",
            Mode.DRY_RUN,
            "ENABLE_STRIPE is FALSE",
            "Set ENABLE_STRIPE=TRUE, STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET.",
            config.RELEASE_MODE,
        )
    problems = _missing(STRIPE_API_KEY=config.STRIPE_API_KEY)
    key = config.STRIPE_API_KEY.get_secret_value()
    if not problems and not STRIPE_KEY.match(key):
        problems = ["STRIPE_API_KEY"]
    if config.RELEASE_MODE:
        problems += _missing(STRIPE_WEBHOOK_SECRET=config.STRIPE_WEBHOOK_SECRET)
    return _live_unless("stripe", problems=problems, live="charges through Stripe", config=config)


def writer(config: Config | None = None) -> Subsystem:
    """The LLM writer: live with a key; templates write otherwise."""
    config = config or settings.CONFIG
    if not config.OPENAI_API_KEY.get_secret_value():
        return Subsystem(
            "writer",
            Mode.DRY_RUN,
            "OPENAI_API_KEY is not set; templates write",
            "Set OPENAI_API_KEY (and OPENAI_BASE_URL, OPENAI_MODEL for another server).",
            config.RELEASE_MODE,
        )
    problems = _missing(OPENAI_API_KEY=config.OPENAI_API_KEY, OPENAI_MODEL=config.OPENAI_MODEL)
    return _live_unless(
        "writer", problems=problems, live=f"writes with {config.OPENAI_MODEL}", config=config
    )


def all_subsystems(config: Config | None = None) -> tuple[Subsystem, ...]:
    """The four subsystems, in the order in which the pipeline meets them."""
    return leads(config), writer(config), email(config), stripe(config)


def log_fallbacks(config: Config | None = None) -> None:
    """One `[DRY_RUN_FALLBACK]` line per subsystem that was meant to be live and is not.

    Called once at the start of a cycle, never per row.
    """
    for subsystem in all_subsystems(config):
        if subsystem.is_fallback:
            logger.warning(
                "[DRY_RUN_FALLBACK] subsystem=%s reason=%s", subsystem.name, subsystem.reason
            )


def log_startup(config: Config | None = None) -> None:
    """The release-mode banner and its warnings; silent outside release mode."""
    config = config or settings.CONFIG
    if not config.RELEASE_MODE:
        return
    logger.warning("[RELEASE_MODE][ON] host=%s", config.host)
    if config.MAX_EMAILS_PER_HOUR > HIGH_VOLUME_PER_HOUR:
        logger.warning(
            "[RELEASE_MODE][HIGH_VOLUME_WARNING] MAX_EMAILS_PER_HOUR=%s is above %s",
            config.MAX_EMAILS_PER_HOUR,
            HIGH_VOLUME_PER_HOUR,
        )
    for subsystem in all_subsystems(config):
        if subsystem.is_fallback:
            logger.warning(
                "[RELEASE_MODE][WARNING] %s will not go live: %s. %s",
                subsystem.name,
                subsystem.reason,
                subsystem.fix,
            )
