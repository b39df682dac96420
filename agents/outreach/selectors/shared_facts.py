"""What is the same for every message that would leave now: the operator's switches, the
hour, the sending domain, the mailbox's pace and whether incoming mail is being read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from agents.mailboxes.selectors import INBOX_LOOP
from agents.mode import get_sender_address
from agents.models import (
    DomainCheck,
    Heartbeat,
    HourlyQuota,
    InboundMessage,
    Mailbox,
)
from agents.outreach.selectors.switches import get_operator_switches
from agents.states import CheckResult
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from agents.outreach.selectors.switches import OperatorSwitches

# A mail that could not be read so often waits for a person, and holds nobody up.
GIVEN_UP_READING = 5


def domain_problem(*, domain: str, check: DomainCheck | None) -> str:
    """What keeps `domain` from sending, as half a sentence; empty when all is well.

    SPF and DMARC must pass. DKIM must not fail; where its selector is not known, DNS
    alone cannot confirm it.
    """
    if check is None:
        return f"SPF, DKIM and DMARC of {domain} have not been checked yet"
    for name, result in (("SPF", check.spf), ("DKIM", check.dkim), ("DMARC", check.dmarc)):
        if result == CheckResult.FAIL:
            return f"{name} of {domain} fails"
    for name, result in (("SPF", check.spf), ("DMARC", check.dmarc)):
        if result == CheckResult.UNKNOWN:
            return f"{name} of {domain} is not confirmed, because DNS did not answer"
    return ""


@dataclass(frozen=True, slots=True)
class SharedSendFacts:
    """What is the same for every message of a batch."""

    switches: OperatorSwitches
    has_unread_mail: bool
    inbox_read_at: datetime | None
    sender_address: str
    pace_until: datetime | None
    domain_problem: str
    hours: Mapping[str, int]


def get_shared_facts(
    *, now: datetime, is_live: bool, has_follow_ups: bool, mailbox: Mailbox | None = None
) -> SharedSendFacts:
    """What came back matters to a follow-up alone, so an opener's batch does not ask.
    `mailbox` is the sender's row, when the caller has read it."""
    config = settings.CONFIG
    sender = get_sender_address(config)
    sender_domain = sender.rpartition("@")[2].lower()
    hours = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    unread = (
        has_follow_ups
        and InboundMessage.objects.filter(
            due_at__isnull=False, attempts__lt=GIVEN_UP_READING
        ).exists()
    )
    inbox = check = None
    if is_live and has_follow_ups:
        inbox = Heartbeat.objects.filter(pk=INBOX_LOOP[config.EMAIL_MODE]).first()
    if is_live:
        mailbox = mailbox or Mailbox.objects.filter(pk=sender).first()
        check = DomainCheck.objects.filter(pk=sender_domain).first()
    return SharedSendFacts(
        switches=get_operator_switches(),
        has_unread_mail=unread,
        inbox_read_at=inbox.beat_at if inbox else None,
        sender_address=sender,
        pace_until=mailbox.next_send_at if mailbox else None,
        domain_problem=domain_problem(domain=sender_domain, check=check) if is_live else "",
        hours=hours,
    )


def shared_values(world: SharedSendFacts) -> dict[str, Any]:
    """The part of the gate's facts that `world` is."""
    return {
        **world.switches.facts,
        "has_unread_mail": world.has_unread_mail,
        "inbox_read_at": world.inbox_read_at,
        "sender_address": world.sender_address,
        "pace_until": world.pace_until,
        "domain_problem": world.domain_problem,
    }
