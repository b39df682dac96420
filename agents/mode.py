"""What a mail planned at this moment would be: real, or a dry run, and on which clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.states import MessageMode
from billing.entitlements import may_send_live
from hossagent import subsystems
from hossagent.config import Config, EmailMode
from hossagent.lib.sandbox_clock import REAL_TIME, SandboxClock

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


def get_clock(*, is_fictional: bool, anchor: datetime | None = None) -> SandboxClock:
    """The clock of a lead: the sandbox world's for a fictional one, else real time.

    `anchor` is when its customer was made; only the sending window asks for it.
    """
    config = settings.CONFIG
    if is_fictional and config.sandbox_world_on:
        return SandboxClock(config.SANDBOX_SPEED, anchor)
    return REAL_TIME
