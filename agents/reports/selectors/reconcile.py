"""The proof of the ledger: every counter and promise derived again from the rows.

Each check names what it promises, how many rows it looked at, and the rows that break it.
Nothing here trusts a counter: the rows are counted and compared.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, Max

from agents.models import DailyQuota, HourlyQuota, Lead, Message, Suppression
from agents.outreach.selectors.gather import CONTACT_GAP
from agents.states import MessageMode, MessageStatus, QuotaMode
from agents.suppression.selectors import keys_of
from hossagent.lib.calendars import hour_of, known_zone, local_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from django.db.models import QuerySet

# The lead has it, or may have it.
_MAY_HAVE_LEFT = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN)
_CHUNK = 2_000
# Counters older than a week are pruned.
_COUNTED = timedelta(days=6)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Proof:
    """One promise: what was looked at, and what does not add up."""

    promise: str
    looked_at: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.broken


def verify_ledger(*, now: datetime) -> list[Proof]:
    """Every promise of the sending engine, checked against all rows kept."""
    return [prove(now=now) for prove in PROOFS]


def _left() -> QuerySet[Message]:
    return Message.objects.filter(mode=MessageMode.LIVE, sending_at__isnull=False)


def _one_copy(*, now: datetime) -> Proof:
    proof = Proof("No lead has, or may have, two copies of a step")
    rows = _left().filter(status__in=_MAY_HAVE_LEFT)
    proof.looked_at = rows.count()
    doubles = rows.values_list("lead", "step").annotate(Count("pk")).filter(pk__count__gt=1)
    proof.broken = [f"lead {lead}, step {step}: {n} rows" for lead, step, n in doubles]
    return proof


def _identity(*, now: datetime) -> Proof:
    proof = Proof("Every mail that may have left has a Message-ID of its own")
    proof.looked_at = _left().count()
    proof.broken = [f"message {pk} has none" for pk in _pks(_left().filter(message_id=""))]
    doubles = (
        _left()
        .exclude(message_id="")
        .values_list("message_id")
        .annotate(Count("pk"))
        .filter(pk__count__gt=1)
    )
    proof.broken += [f"{message_id}: {n} rows" for message_id, n in doubles]
    return proof


def _pks(rows: QuerySet[Message]) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:100])


def _hours(*, now: datetime) -> Proof:
    """Reservation and point of no return are one transaction: the numbers are equal."""
    proof = Proof("Every hour's counter equals the mails of that hour")
    quotas = list(HourlyQuota.objects.order_by("hour"))
    # Of lately every mail has a counter, and before that the ones that are still kept.
    since = min([hour_of(now - _COUNTED), *(quota.hour for quota in quotas[:1])])
    counted: Counter[tuple[datetime, bool]] = Counter()
    rows = _left().filter(sending_at__gte=since).values_list("sending_at", flat=True)
    for at in rows.iterator(chunk_size=_CHUNK):
        counted[hour_of(at), True] += 1  # type: ignore[arg-type] # filtered above
    dry = Message.objects.filter(status=MessageStatus.DRY_RUN, finished_at__gte=since)
    for at in dry.values_list("finished_at", flat=True).iterator(chunk_size=_CHUNK):
        counted[hour_of(at), False] += 1  # type: ignore[arg-type] # not null, see the filter
    reserved: Counter[tuple[datetime, bool]] = Counter()
    for quota in quotas:
        reserved[quota.hour, quota.mode == QuotaMode.LIVE] += quota.used
    proof.looked_at = sum(counted.values())
    for key in sorted(set(counted) | set(reserved)):
        if counted[key] != reserved[key]:
            hour, is_live = key
            mode = "live" if is_live else "dry run"
            proof.broken.append(
                f"{hour:%Y-%m-%d %H:00} {mode}: counter {reserved[key]}, mails {counted[key]}"
            )
    return proof


def _hourly_limit(*, now: datetime) -> Proof:
    limit = settings.CONFIG.MAX_EMAILS_PER_HOUR
    proof = Proof(f"No hour holds more than MAX_EMAILS_PER_HOUR ({limit}) live mails")
    quotas = HourlyQuota.objects.filter(mode=QuotaMode.LIVE)
    proof.looked_at = quotas.count()
    proof.broken = [
        f"{quota.hour:%Y-%m-%d %H:00}: {quota.used}" for quota in quotas.filter(used__gt=limit)
    ]
    return proof


def _days(*, now: datetime) -> Proof:
    """A row whose day was not written down yet is of the day it is in the customer's zone."""
    proof = Proof("Every customer's day holds what its counter says, within its limit")
    quotas = list(DailyQuota.objects.filter(mode=QuotaMode.LIVE).order_by("day"))
    # As with the hours; a day later, for a day begins when it does in the customer's zone.
    since = min([(now - _COUNTED).date() + _DAY, *(quota.day for quota in quotas[:1])])
    counted: Counter[tuple[int, date]] = Counter()
    # What no server took was given back, ever since the day is written down.
    rows = _left().exclude(status=MessageStatus.CANCELED, counted_on__isnull=False)
    rows = rows.filter(sending_at__date__gte=since - _DAY)
    fields = ("customer_id", "customer__timezone", "sending_at", "counted_on")
    for customer_id, zone, at, day in rows.values_list(*fields).iterator(chunk_size=_CHUNK):
        assert at is not None, "see the filter"
        counted[customer_id, day or local_day(at, known_zone(zone))] += 1
    proof.looked_at = sum(counted.values())
    used = {(quota.customer_id, quota.day): quota.used for quota in quotas}
    for customer_id, day in sorted(counted.keys() | used.keys(), key=lambda key: (key[1], key[0])):
        counter, mails = used.get((customer_id, day), 0), counted[customer_id, day]
        if day >= since and counter != mails:
            proof.broken.append(f"customer {customer_id}, {day}: counter {counter}, mails {mails}")
    proof.broken += [
        f"customer {quota.customer_id}, {quota.day}: {quota.used} of {quota.limit}"
        for quota in quotas
        if quota.used > quota.limit
    ]
    return proof


def _fictional(*, now: datetime) -> Proof:
    proof = Proof("No real mail began to leave to a made-up lead")
    proof.looked_at = Lead.objects.filter(is_fictional=True).count()
    proof.broken = [f"message {pk}" for pk in _pks(_left().filter(lead__is_fictional=True))]
    return proof


def _suppressed(*, now: datetime) -> Proof:
    proof = Proof("No mail began to leave after its address or domain was listed")
    listed: dict[str, list[tuple[int | None, datetime]]] = {}
    for row in Suppression.objects.iterator(chunk_size=_CHUNK):
        listed.setdefault(row.value_hash, []).append((row.customer_id, row.created_at))
    if not listed:
        return proof
    rows = _left().values_list("pk", "customer_id", "lead__email", "sending_at")
    for pk, customer_id, email, at in rows.iterator(chunk_size=_CHUNK):
        proof.looked_at += 1
        for key in keys_of(email):
            for owner, since in listed.get(key, ()):
                if owner in {None, customer_id} and at is not None and at > since:
                    proof.broken.append(f"message {pk} left {at:%Y-%m-%d %H:%M:%S}, listed {since}")
    return proof


def _after_reply(*, now: datetime) -> Proof:
    proof = Proof("No mail began to leave after its lead had replied")
    rows = _left().filter(lead__replied_at__isnull=False)
    proof.looked_at = rows.count()
    proof.broken = [
        f"message {pk}" for pk in _pks(rows.filter(sending_at__gt=F("lead__replied_at")))
    ]
    return proof


def _contact_gap(*, now: datetime) -> Proof:
    proof = Proof("No person had mail from two customers within 30 days")
    shared = (
        _left()
        .filter(status__in=_MAY_HAVE_LEFT)
        .exclude(lead__email_key="")
        .values("lead__email_key")
        .annotate(senders=Count("customer", distinct=True))
        .filter(senders__gt=1)
        .values_list("lead__email_key", flat=True)
    )
    rows = (
        _left()
        .filter(lead__email_key__in=list(shared), status__in=_MAY_HAVE_LEFT)
        .order_by("lead__email_key", "sending_at")
        .values_list("lead__email_key", "customer_id", "sending_at", "pk")
    )
    before: tuple[str, int, datetime] | None = None
    for email, customer_id, at, pk in rows:
        proof.looked_at += 1
        assert at is not None
        if (
            before
            and before[0] == email
            and before[1] != customer_id
            and at - before[2] < CONTACT_GAP
        ):
            proof.broken.append(f"message {pk}")
        before = (email, customer_id, at)
    return proof


def _settled(*, now: datetime) -> Proof:
    proof = Proof("Nothing has been on its way, or under a lease, for longer than it may")
    stuck = Message.objects.filter(
        status__in=[MessageStatus.SENDING, MessageStatus.CLAIMED],
        due_at__lt=now - timedelta(minutes=5),
    )
    proof.looked_at = Message.objects.filter(due_at__isnull=False).count()
    proof.broken = [f"message {pk}: the sweeper is not running" for pk in _pks(stuck)]
    return proof


def _contacted(*, now: datetime) -> Proof:
    proof = Proof("Every sent mail is on its lead as a contact")
    rows = (
        _left()
        .filter(status=MessageStatus.SENT)
        .values("lead")
        .annotate(last=Max("sending_at"))
        .filter(lead__last_contacted_at=None)
    )
    proof.looked_at = _left().filter(status=MessageStatus.SENT).count()
    proof.broken = [f"lead {row['lead']}" for row in rows[:100]]
    return proof


PROOFS: tuple[Callable[..., Proof], ...] = (
    _one_copy,
    _identity,
    _hours,
    _hourly_limit,
    _days,
    _fictional,
    _suppressed,
    _after_reply,
    _contact_gap,
    _settled,
    _contacted,
)
