"""Everything the send gate asks, read in a fixed number of queries for a batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Max, Q

from accounts.models import Membership
from accounts.states import Role
from agents.mode import get_outreach_mode, get_sandbox_speed
from agents.models import (
    Breaker,
    DailyQuota,
    Lead,
    Message,
)
from agents.outreach.gate import CONTACT_GAP, SendFacts
from agents.outreach.selectors.shared_facts import get_shared_facts, shared_values
from agents.outreach.selectors.switches import customer_switch_facts
from agents.sequence import RAMP_START, ramp
from agents.states import (
    ApprovalMode,
    MessageMode,
    MessageStatus,
    QuotaMode,
)
from agents.suppression.selectors import keys_of, suppressed_hashes
from billing.entitlements import can_run_agent_for, may_send_live
from hossagent.lib.calendars import local_day
from hossagent.lib.mail_domains import is_free_mail, mail_domain
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from accounts.models import Customer
    from agents.models import Mailbox

__all__ = [
    "CONTACT_GAP",
    "DOMAIN_GAP",
    "get_days",
    "get_send_facts",
    "known_zone",
    "needs_approval",
    "quota_mode",
]

REVIEW_FIRST = 10
_LOOK_BACK = timedelta(days=60)
# Between two mails to one company's mail server, whoever sends them. A mail provider's takes
# mail from everybody all the time, and needs none.
DOMAIN_GAP = timedelta(minutes=2)
# As long as a mail may be on its way before its lead says that it was written to.
LATELY = timedelta(minutes=10)


def quota_mode(*, mode: str, speed: int) -> QuotaMode:
    """Whose counters a message uses."""
    if mode == MessageMode.LIVE:
        return QuotaMode.LIVE
    return QuotaMode.SANDBOX if speed > 1 else QuotaMode.DRY_RUN


def known_zone(*names: str) -> str:
    """The first of `names` that is a time zone; UTC when none is."""
    for name in names:
        if not name:
            continue
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"


def needs_approval(message: Message, customer: Customer) -> bool:
    """Whether a person must read this message before it may leave."""
    if message.approved_at is not None:
        return False
    profile = customer.profile
    if profile.approval_mode == ApprovalMode.REVIEW_ALL:
        return True
    return (
        profile.approval_mode == ApprovalMode.REVIEW_FIRST
        and profile.messages_approved < REVIEW_FIRST
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """One customer's counters today, as they stand or as they will begin."""

    limit: int
    used: int
    cycle_started_at: datetime | None
    cycle_used: int


def get_days(
    *, customers: Collection[Customer], modes: Collection[str], now: datetime
) -> dict[tuple[int, str], _Day]:
    """Today's counters per customer and mode; a day not begun gets its limit from the
    last one (`sequence.ramp`). One query."""
    today: dict[int, date] = {c.pk: local_day(now, known_zone(c.timezone)) for c in customers}
    rows = DailyQuota.objects.filter(
        customer__in=today, mode__in=modes, day__gte=(now - _LOOK_BACK).date()
    ).order_by("day")
    latest: dict[tuple[int, str], DailyQuota] = {
        (row.customer_id, row.mode): row for row in rows if row.day <= today[row.customer_id]
    }
    days = {}
    for customer_id, day in today.items():
        for mode in modes:
            row = latest.get((customer_id, mode))
            if row is None:
                days[customer_id, mode] = _Day(RAMP_START, 0, None, 0)
            elif row.day == day:
                days[customer_id, mode] = _Day(
                    row.limit, row.used, row.cycle_started_at, row.cycle_used
                )
            else:
                limit = ramp(limit=row.limit, used=row.used, push_backs=row.push_backs)
                days[customer_id, mode] = _Day(limit, 0, row.cycle_started_at, row.cycle_used)
    return days


def _verified_customers(customers: Collection[Customer]) -> set[int]:
    """Customers with an owner whose address is verified; the house vouches for itself."""
    house = {customer.pk for customer in customers if customer.is_house}
    return house | set(
        Membership.objects.filter(
            customer__in=customers, role=Role.OWNER, user__email_verified_at__isnull=False
        ).values_list("customer_id", flat=True)
    )


def _suppressions(messages: Sequence[Message]) -> dict[int, str]:
    """Message → why it must not go, in words."""
    keys = {message.pk: keys_of(message.lead.email) for message in messages}
    found = suppressed_hashes(
        hashes={key for mine in keys.values() for key in mine},
        customer_ids={message.customer_id for message in messages},
    )
    words = {}
    for message in messages:
        for key, kind in keys[message.pk].items():
            listed = found.get(key, {})
            for owner, whose in ((None, "everybody"), (message.customer_id, "this customer")):
                if owner in listed:
                    reason = listed[owner].replace("_", " ")
                    words[message.pk] = (
                        f"the {kind} is on the do-not-contact list for {whose} ({reason})"
                    )
    return words


def _companies_that_replied(messages: Sequence[Message]) -> dict[tuple[int, str], set[int]]:
    """(customer, domain) → the leads there that have answered."""
    # No lead is stored with a provider's domain; the list may have learned of it since.
    domains = {m.lead.domain for m in messages if m.lead.domain and not is_free_mail(m.lead.domain)}
    found: dict[tuple[int, str], set[int]] = {}
    if not domains:
        return found
    rows = Lead.objects.filter(
        customer__in={m.customer_id for m in messages},
        domain__among=domains,
        replied_at__isnull=False,
    ).values_list("customer_id", "domain", "pk")
    for customer_id, domain, pk in rows:
        found.setdefault((customer_id, domain), set()).add(pk)
    return found


@dataclass(frozen=True, slots=True)
class _Left:
    """A live mail that began to leave a moment ago, or whose outcome is still open."""

    domain: str
    email_key: str
    customer_id: int
    at: datetime


def _left_lately(messages: Sequence[Message], now: datetime) -> list[_Left]:
    """Mails to mailboxes on the same domains that left, or are leaving, oldest first. Their
    leads may not say so yet, and never do of a mail of which nobody knows whether it left."""
    is_open = Q(status__in=[MessageStatus.SENDING, MessageStatus.UNKNOWN])
    rows = (
        Message.objects.filter(
            is_open | Q(sending_at__gt=now - LATELY),
            sending_at__gt=now - CONTACT_GAP,
            recipient_domain__among={mail_domain(m.lead.email_key) for m in messages} - {""},
        )
        .exclude(status=MessageStatus.CANCELED)
        .order_by("sending_at")
        .values_list("recipient_domain", "lead__email_key", "customer_id", "sending_at")
    )
    return [
        _Left(domain, email_key, customer_id, at)
        for domain, email_key, customer_id, at in rows
        if at is not None
    ]


def _contacts_by_others(
    messages: Sequence[Message], now: datetime, *, recent: Sequence[_Left]
) -> dict[int, datetime]:
    """Message → when another customer last wrote to that person, within the gap."""
    wanted = Q()
    for customer_id in {m.customer_id for m in messages}:
        keys = {m.lead.email_key for m in messages if m.customer_id == customer_id}
        wanted |= Q(email_key__among=keys - {""}) & ~Q(customer=customer_id)
    rows = dict(
        Lead.objects.filter(wanted, last_contacted_at__gte=now - CONTACT_GAP)
        .values_list("email_key")
        .annotate(Max("last_contacted_at"))
    )
    found = {m.pk: rows[m.lead.email_key] for m in messages if m.lead.email_key in rows}
    for message in messages:
        for left in recent:
            is_other = left.customer_id != message.customer_id
            if is_other and left.email_key == message.lead.email_key:
                found[message.pk] = max(found.get(message.pk, left.at), left.at)
    return found


def _breakers(customers: Collection[Customer]) -> dict[str, str]:
    scopes = {"all", *(f"customer:{customer.pk}" for customer in customers)}
    return dict(
        Breaker.objects.filter(rearmed_at=None, scope__in=scopes)
        .order_by("-pk")
        .values_list("scope", "sentence")
    )


def get_send_facts(
    *,
    messages: Sequence[Message],
    now: datetime,
    problems: Mapping[int, tuple[str, ...]],
    mailbox: Mailbox | None = None,
) -> dict[int, SendFacts]:
    """The gate's facts for each message, by primary key.

    `messages` come with `lead__conversation`, `customer__profile` and `customer__subscription` loaded,
    read in the caller's transaction. `problems` is what the lint says of each text;
    `mailbox` the sender's row when the caller has it locked. The number of queries does not
    depend on the number of messages.
    """
    customers = {message.customer_id: message.customer for message in messages}
    speeds = {m.pk: get_sandbox_speed(is_fictional=m.lead.is_fictional) for m in messages}
    modes = {m.pk: quota_mode(mode=m.mode, speed=speeds[m.pk]) for m in messages}
    is_live = any(message.mode == MessageMode.LIVE for message in messages)
    recent = _left_lately(messages, now) if is_live else []
    has_follow_ups = any(message.step > 0 for message in messages)
    world = get_shared_facts(
        now=now, is_live=is_live, has_follow_ups=has_follow_ups, mailbox=mailbox
    )
    shared = {pk: _customer_facts(customer, now=now) for pk, customer in customers.items()}
    planned_as = {
        (pk, is_fictional): get_outreach_mode(customer=customer, now=now, is_fictional=is_fictional)
        for pk, customer in customers.items()
        for is_fictional in {message.lead.is_fictional for message in messages}
    }
    gaps = {row.domain: row.at + DOMAIN_GAP for row in recent if not is_free_mail(row.domain)}
    verified = _verified_customers(customers.values())
    suppressed = _suppressions(messages)
    replied = _companies_that_replied(messages)
    others = _contacts_by_others(messages, now, recent=recent)
    breakers = _breakers(customers.values())
    days = get_days(customers=customers.values(), modes=set(modes.values()), now=now)
    # The part that many messages share is put together once for all of them.
    common: dict[tuple[int, str, int], dict[str, Any]] = {}
    for message in messages:
        mode, speed = modes[message.pk], speeds[message.pk]
        if (message.customer_id, mode, speed) not in common:
            common[message.customer_id, mode, speed] = {
                **shared_values(world),
                **shared[message.customer_id],
                **_limit_facts(
                    days[message.customer_id, mode],
                    hour_used=world.hours.get(mode, 0),
                    speed=speed,
                    now=now,
                ),
            }
    return {
        message.pk: SendFacts(
            now=now,
            mode=message.mode,
            step=message.step,
            needs_approval=needs_approval(message, message.customer),
            problems=problems.get(message.pk, ()),
            suppressed_by=suppressed.get(message.pk, ""),
            company_replied=bool(
                replied.get((message.customer_id, message.lead.domain), set()) - {message.lead_id}
            ),
            contacted_by_other_at=others.get(message.pk),
            breaker=breakers.get("all") or breakers.get(f"customer:{message.customer_id}", ""),
            is_owner_verified=message.customer_id in verified,
            mode_now=planned_as[message.customer_id, message.lead.is_fictional],
            **_lead_facts(message.lead, customer=message.customer),
            domain_gap_until=gaps.get(mail_domain(message.lead.email_key)),
            **common[message.customer_id, modes[message.pk], speeds[message.pk]],
        )
        for message in messages
    }


def _lead_facts(lead: Lead, *, customer: Customer) -> dict[str, Any]:
    return {
        # It stands in sentences and log lines, which no name may break.
        "lead": single_line(
            f"{lead.contact_name} at {lead.company}" if lead.contact_name else lead.company
        ),
        "lead_status": lead.status,
        "is_fictional": lead.is_fictional,
        "country": lead.country,
        "mail_domain": mail_domain(lead.email_key),
        "address_check": lead.address_check,
        "address_flags": lead.address_flags,
        "conversation": lead.conversation.status if hasattr(lead, "conversation") else "",
        "replied_at": lead.replied_at,
        "zone": known_zone(lead.timezone, customer.timezone),
    }


def _customer_facts(customer: Customer, *, now: datetime) -> dict[str, Any]:
    profile = customer.profile
    return {
        **customer_switch_facts(customer),
        "may_work": can_run_agent_for(customer, now=now),
        "may_send_live": may_send_live(customer, now=now),
        "sender_name": profile.sender_name,
        "postal_address": profile.postal_address,
        "window_start": profile.window_start,
        "window_end": profile.window_end,
        "window_weekdays": tuple(profile.window_weekdays),
        "customer_zone": known_zone(customer.timezone),
        "anchor": customer.created_at,
    }


def _limit_facts(day: _Day, *, hour_used: int, speed: int, now: datetime) -> dict[str, Any]:
    config = settings.CONFIG
    period = timedelta(seconds=config.AUTOPILOT_PERIOD_SECONDS) / speed
    is_over = day.cycle_started_at is None or now >= day.cycle_started_at + period
    started = now if is_over or day.cycle_started_at is None else day.cycle_started_at
    return {
        "day_used": day.used,
        "day_limit": day.limit * speed,
        "cycle_used": 0 if is_over else day.cycle_used,
        "cycle_limit": config.MAX_EMAILS_PER_CYCLE,
        "cycle_ends_at": started + period,
        "hour_used": hour_used,
        "hour_limit": config.MAX_EMAILS_PER_HOUR * speed,
        "speed": speed,
    }
