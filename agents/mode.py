"""What a mail planned at this moment would be: real, or a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.states import MessageMode
from billing.entitlements import may_send_live
from hossagent import subsystems
from hossagent.config import Config, EmailMode

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


def get_outreach_mode(
    *, customer: Customer, now: datetime, is_fictional: bool = False
) -> MessageMode:
    """LIVE only if the email subsystem is live, the customer may send and the lead is real."""
    if is_fictional or not may_send_live(customer, now=now) or not subsystems.email().is_live:
        return MessageMode.DRY_RUN
    return MessageMode.LIVE


def get_sender_address(config: Config | None = None) -> str:
    """The From address of the configured transport; empty when there is none."""
    config = config or settings.CONFIG
    if config.EMAIL_MODE is EmailMode.SENDGRID:
        return config.SENDGRID_FROM_EMAIL
    return config.SMTP_FROM_EMAIL


def get_sandbox_speed(*, is_fictional: bool, config: Config | None = None) -> int:
    """How much faster time runs for a lead: the sandbox world's speed, or 1."""
    if not is_fictional:
        return 1
    config = config or settings.CONFIG
    return config.SANDBOX_SPEED if config.sandbox_world_on else 1
