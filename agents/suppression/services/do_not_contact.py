"""A customer's do-not-contact list: addresses and domains, pasted or from a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.models import Lead, Suppression
from agents.states import LeadStatus, SuppressionKind, SuppressionReason
from agents.suppression.selectors import suppression_hash
from agents.suppression.services.suppress import cancel_open_messages, close_leads, normal_value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_ENTRIES = 50_000
_BATCH = 500
_DOMAIN = re.compile(r"@?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_ADDRESS = re.compile(r"[^\s@<>\"]+@(?:[^\s@<>\".]+\.)+[^\s@<>\".]{2,}")
_BRACKETED = re.compile(r"<([^<>]+)>")


@dataclass(slots=True)
class ParsedList:
    """What a pasted text holds, in the order given, each entry once. `invalid` are the pieces
    that are neither an address nor a domain."""

    entries: list[tuple[SuppressionKind, str]] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. `already` entries were on the list before."""

    added: int
    already: int
    invalid: tuple[str, ...]
    canceled_messages: int
    closed_leads: int


def parse_list(text: str) -> ParsedList:
    """Read one entry per line, or several with commas or semicolons between.

    `Ada <ada@acme.com>` is an address, `acme.com` and `@acme.com` are domains. A line
    that begins with # is a remark.
    """
    found = ParsedList()
    seen = set()
    for line in text.lstrip("\ufeff").splitlines():
        if line.lstrip().startswith("#"):
            continue
        for piece in re.split(r"[,;\t]", line):
            given = piece.strip().strip("\"'").strip()
            if not given:
                continue
            entry = _entry(given)
            if entry is None:
                found.invalid.append(given[:120])
            elif entry not in seen:
                seen.add(entry)
                found.entries.append(entry)
    return found


def _entry(given: str) -> tuple[SuppressionKind, str] | None:
    if match := _BRACKETED.search(given):
        given = match.group(1).strip()
    lowered = given.lower().removeprefix("mailto:")
    if _DOMAIN.fullmatch(lowered):
        return SuppressionKind.DOMAIN, normal_value(kind=SuppressionKind.DOMAIN, value=lowered)
    if _ADDRESS.fullmatch(lowered):
        return SuppressionKind.ADDRESS, normal_value(kind=SuppressionKind.ADDRESS, value=lowered)
    return None


def import_do_not_contact(
    *,
    customer: Customer,
    entries: Iterable[tuple[SuppressionKind, str]],
    invalid: Iterable[str],
    by: str,
    now: datetime,
) -> ImportResult:
    """Put every entry on the customer's own list, all or none, with immediate effect.

    Open messages to them are canceled and their leads closed in the same transaction. A
    second import of the same list changes nothing.
    """
    entries = list(entries)
    with transaction.atomic():
        Customer.objects.lock(customer.pk)
        before = Suppression.objects.filter(customer=customer).count()
        Suppression.objects.bulk_create(
            [
                Suppression(
                    customer=customer,
                    kind=kind,
                    value=value,
                    value_hash=suppression_hash(value),
                    reason=SuppressionReason.MANUAL,
                    note=f"Imported by {by}"[:300],
                    created_at=now,
                )
                for kind, value in entries
            ],
            ignore_conflicts=True,
            batch_size=_BATCH,
        )
        added = Suppression.objects.filter(customer=customer).count() - before
        leads = _leads_of(customer, entries)
        canceled = closed = 0
        for start in range(0, len(leads), _BATCH):
            part = leads[start : start + _BATCH]
            canceled += cancel_open_messages(
                lead_ids=part,
                code="suppressed",
                reason="This lead is on the do-not-contact list.",
                now=now,
            )
            closed += close_leads(part, target=LeadStatus.CLOSED)
        audit.record(
            AuditAction.DO_NOT_CONTACT_IMPORTED,
            at=now,
            actor=by,
            customer_id=customer.pk,
            change=audit.Change(after={"entries": len(entries), "added": added}),
        )
    return ImportResult(
        added=added,
        already=len(entries) - added,
        invalid=tuple(invalid),
        canceled_messages=canceled,
        closed_leads=closed,
    )


def _leads_of(customer: Customer, entries: list[tuple[SuppressionKind, str]]) -> list[int]:
    """The customer's leads that an entry names: by address, host or registrable domain."""
    addresses = {value for kind, value in entries if kind == SuppressionKind.ADDRESS}
    domains = {value for kind, value in entries if kind == SuppressionKind.DOMAIN}
    rows = Lead.objects.for_customer(customer).values_list("pk", "email_key", "domain")
    return [
        pk
        for pk, email, domain in rows.iterator(chunk_size=2_000)
        if email in addresses or domain in domains or email.rpartition("@")[2] in domains
    ]
