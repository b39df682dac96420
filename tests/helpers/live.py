"""A world in which real mail may leave: to a server on loopback."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import Customer
from agents.models import DomainCheck, Heartbeat, Message, SystemSettings
from agents.states import MessageMode, MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MembershipFactory, MessageFactory

if TYPE_CHECKING:
    from datetime import datetime

FROM = "ada@agency.com"


def smtp_config(port: int, **more: Any) -> dict[str, Any]:
    """What the configuration needs to send through a server on loopback."""
    return {
        "EMAIL_MODE": "SMTP",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": port,
        "SMTP_USE_TLS": False,
        "SMTP_FROM_EMAIL": FROM,
        "IMAP_HOST": "127.0.0.1",
        "IMAP_USERNAME": FROM,
        "IMAP_PASSWORD": "secret-of-ada",
        "BASE_URL": "https://app.agency.com",
        # A pause of milliseconds between two mails.
        "MAX_EMAILS_PER_HOUR": 1_000_000,
        **more,
    }


def make_live_customer(*, now: datetime = NOON, **fields: Any) -> Customer:
    """A complimentary customer with a verified owner, a checked domain and the operator's
    switches on."""
    # The migration's row; tests on real transactions empty every table.
    SystemSettings.objects.get_or_create(pk=1)
    DomainCheck.objects.update_or_create(
        pk=FROM.partition("@")[2],
        defaults={"checked_at": now, "spf": "pass", "dkim": "pass", "dmarc": "pass"},
    )
    for loop in ("agents.poll_inbox", "agents.process_inbound"):
        Heartbeat.objects.update_or_create(pk=loop, defaults={"beat_at": now})
    customer = CustomerFactory.create(subscription__is_complimentary=True, **fields)
    MembershipFactory.create(customer=customer)
    return customer


def make_live_message(customer: Customer, *, now: datetime = NOON, **fields: Any) -> Message:
    """A queued live opener to a new lead of its own company."""
    lead = fields.pop("lead", None) or LeadFactory.create(customer=customer, next_action_at=None)
    return MessageFactory.create(
        lead=lead,
        mode=MessageMode.LIVE,
        status=MessageStatus.QUEUED,
        due_at=now,
        **fields,
    )


def later(**span: float) -> datetime:
    return NOON + timedelta(**span)
