"""Which provider a customer's leads come from, made as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.leads.providers.dummy_seed import DummySeed
from agents.leads.providers.search_api import SearchApi, parse_paths
from hossagent import subsystems
from hossagent.config import LeadProvider as ProviderName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import Customer
    from agents.leads.providers import Candidate, LeadProvider


def get_provider(customer: Customer) -> LeadProvider | None:
    """The configured provider; None when it lacks its credentials."""
    config = settings.CONFIG
    if config.LEAD_SOURCE_PROVIDER is ProviderName.DUMMY_SEED:
        return get_made_up_provider(customer)
    if not subsystems.leads().is_live:
        return None
    return SearchApi(
        url=config.LEAD_SEARCH_API_URL,
        key=config.LEAD_SEARCH_API_KEY.get_secret_value(),
        paths=parse_paths(config.LEAD_SEARCH_FIELDS),
    )


def get_made_up_provider(customer: Customer) -> LeadProvider:
    """Fictional leads, the same ones for the same customer."""
    return DummySeed(seed=f"customer:{customer.pk}")


def make_up_leads(*, seed: str, niche: str, geography: str, wanted: int) -> Sequence[Candidate]:
    """Fictional leads for nobody in particular; the same ones for the same words."""
    provider = DummySeed(seed=seed)
    return provider.find(niche=niche, geography=geography, wanted=wanted, cursor="").candidates
