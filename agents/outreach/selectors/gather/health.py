"""Whether our mail arrives and replies come back: breakers, domain, inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.mailboxes.selectors import domain_problem, inbox_read_at
from agents.mode import get_sender_address
from agents.models import Breaker, DomainCheck, InboundMessage
from agents.outreach.gate import HealthFacts

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.models import Customer

# A mail that could not be read so often waits for a person, and holds nobody up.
GIVEN_UP_READING = 5


def get_health(
    *, customers: Collection[Customer], is_live: bool, has_follow_ups: bool
) -> dict[int, HealthFacts]:
    """One record for each customer, by primary key. At most four queries.

    What came back matters to a follow-up alone, so a batch of openers does not ask.
    """
    breakers = _open_breakers(customers)
    problem = _domain_problem() if is_live else ""
    unread = has_follow_ups and _has_unread_mail()
    read_at = inbox_read_at() if is_live and has_follow_ups else None
    return {
        customer.pk: HealthFacts(
            breaker=breakers.get("all") or breakers.get(f"customer:{customer.pk}", ""),
            domain_problem=problem,
            has_unread_mail=unread,
            inbox_read_at=read_at,
        )
        for customer in customers
    }


def _open_breakers(customers: Collection[Customer]) -> dict[str, str]:
    """Scope → the sentence of its oldest open breaker."""
    scopes = {"all", *(f"customer:{customer.pk}" for customer in customers)}
    return dict(
        Breaker.objects.filter(rearmed_at=None, scope__in=scopes)
        .order_by("-pk")
        .values_list("scope", "sentence")
    )


def _domain_problem() -> str:
    domain = get_sender_address().rpartition("@")[2].lower()
    check = DomainCheck.objects.filter(pk=domain).first()
    return domain_problem(domain=domain, check=check)


def _has_unread_mail() -> bool:
    return InboundMessage.objects.filter(
        due_at__isnull=False, attempts__lt=GIVEN_UP_READING
    ).exists()
