"""Leads to be researched, and one step of the loop with a web and a DNS in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agents.leads.addresses import DomainAnswer
from agents.leads.services.research import research_next
from agents.leads.services.store import Candidate, store_leads
from agents.models import Lead, Suppression
from agents.states import SuppressionKind, SuppressionReason
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Customer
    from tests.fakes.website import FakeWeb


def add(customer: Customer, **fields: Any) -> Lead:
    """A lead as the product stores it, due for research."""
    candidate = Candidate(company="Cedar", reason="r", **fields)
    store_leads(customer=customer, candidates=[candidate], source="t", now=NOON)
    return Lead.objects.order_by("-pk")[0]


def look(
    web: FakeWeb,
    answer: DomainAnswer = DomainAnswer.ACCEPTS,
    *,
    days: int = 0,
    meanwhile: Callable[[], object] = lambda: None,
) -> bool:
    """One step of the loop; `meanwhile` happens while the domain is asked about."""

    def ask(domain: str) -> DomainAnswer:
        meanwhile()
        return answer

    return research_next(now=NOON + timedelta(days=days), fetch=web, ask_domain=ask)


def put_on_the_list(value: str, kind: SuppressionKind, customer: Customer | None = None) -> None:
    Suppression.objects.create(
        customer=customer,
        kind=kind,
        value_hash=stable_hash(value, purpose="suppression"),
        reason=SuppressionReason.OPT_OUT,
        created_at=NOON,
    )
