"""Who must not be written to, told by hash, so that erased people stay protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Suppression
from agents.states import SuppressionKind
from hossagent.lib.signing import stable_hash
from hossagent.lib.text import normalize_email, registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Customer


def suppression_hash(value: str) -> str:
    """The hash under which an address or a domain (in its normal form) is stored."""
    return stable_hash(value, purpose="suppression")


def keys_of(email: str) -> dict[str, str]:
    """Every hash that would stop a mail to `email` → whether it is an address or a domain."""
    address = normalize_email(email)
    hosts = domains_over(address.rpartition("@")[2])
    return {
        **{suppression_hash(host): SuppressionKind.DOMAIN.value for host in hosts},
        suppression_hash(address): SuppressionKind.ADDRESS.value,
    }


def domains_over(host: str) -> list[str]:
    """The domains that `host` is under, from the one its owner registered down to `host`."""
    found = [registrable_domain(host)]
    for label in reversed(host.removesuffix(found[0]).strip(".").split(".")):
        found.append(f"{label}.{found[-1]}" if label else host)
    return found


def suppressed_hashes(
    *, hashes: Iterable[str], customer_ids: Iterable[int]
) -> dict[str, dict[int | None, str]]:
    """Of `hashes`, those on a list: hash → {customer id, or None for everybody: reason}.

    One query, whatever the number of hashes.
    """
    wanted: set[str] = set(hashes)
    # None stands for everybody's list, which always counts.
    customers: set[int | None] = {None, *customer_ids}
    found: dict[str, dict[int | None, str]] = {}
    rows = Suppression.objects.filter(value_hash__among=wanted).values_list(
        "value_hash", "customer_id", "reason"
    )
    for value_hash, customer_id, reason in rows:
        if customer_id in customers:
            found.setdefault(value_hash, {})[customer_id] = reason
    return found


def is_suppressed(*, customer: Customer, email: str) -> bool:
    """True when `customer` must not write to `email`: by address or domain, its own list
    or everybody's."""
    return bool(suppressed_hashes(hashes=keys_of(email), customer_ids=[customer.pk]))
