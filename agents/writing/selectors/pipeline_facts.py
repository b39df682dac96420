"""What a customer's list of leads looks like, in numbers and examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from agents.models import Lead
from agents.states import LeadStatus
from agents.writing.selectors.briefs import LeadFacts, lead_facts

if TYPE_CHECKING:
    from accounts.models import Customer

TOP = 6
EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class PipelineFacts:
    """Counts over the leads that are not INVALID, the commonest values, and examples."""

    total: int
    fictional: int
    with_person: int
    with_address: int
    contacted: int
    answered: int
    qualified: int
    opted_out: int
    titles: tuple[tuple[str, int], ...]
    locations: tuple[tuple[str, int], ...]
    examples: tuple[LeadFacts, ...]


def get_pipeline_facts(*, customer: Customer) -> PipelineFacts:
    """Four statements, whatever the size of the list."""
    leads = Lead.objects.for_customer(customer).exclude(status=LeadStatus.INVALID)
    counts = leads.aggregate(
        total=Count("pk"),
        fictional=Count("pk", filter=Q(is_fictional=True)),
        with_person=Count("pk", filter=~Q(contact_name="")),
        with_address=Count("pk", filter=~Q(email="")),
        contacted=Count("pk", filter=Q(last_contacted_at__isnull=False)),
        answered=Count("pk", filter=Q(replied_at__isnull=False)),
        qualified=Count("pk", filter=Q(qualified_at__isnull=False)),
        opted_out=Count("pk", filter=Q(status=LeadStatus.UNSUBSCRIBED)),
    )
    examples = leads.exclude(status__in=[LeadStatus.UNSUBSCRIBED, LeadStatus.BOUNCED])
    return PipelineFacts(
        **counts,
        titles=_most_common(leads, "contact_title"),
        locations=_most_common(leads, "location"),
        examples=tuple(lead_facts(lead) for lead in examples.order_by("pk")[:EXAMPLES]),
    )


def _most_common(leads: object, field: str) -> tuple[tuple[str, int], ...]:
    rows = (
        leads.exclude(**{field: ""})  # type: ignore[attr-defined] # a queryset of leads
        .values_list(field)
        .annotate(leads=Count("pk"))
        .order_by("-leads", field)[:TOP]
    )
    return tuple(rows)
