"""The list of leads, narrowed and page by page, and one lead of it.

The list is paged by key, newest first, and looks one row past the page: no page counts
the rows before it or in all, so the ten-thousandth page costs what the first one does. A
search asks each of its two indexes for the page's keys and reads no row that it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import Http404

from agents.models import Lead, Task
from agents.states import HELD_CHECKS, LeadStatus, TaskStatus
from hossagent.lib.text import company_key

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

PAGE_SIZE = 50
NOT_LISTED = ("evidence", "provenance")

# What the first page's funnel counts, step by step.
REACHED: dict[str, tuple[str, Q]] = {
    "contacted": ("Contacted", Q(last_contacted_at__isnull=False)),
    "replied": ("Replied", Q(replied_at__isnull=False)),
    "qualified": ("Qualified", Q(qualified_at__isnull=False)),
    "worked": ("Work done", Q(tasks__status=TaskStatus.DONE)),
}


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What the list is narrowed to; unknown values narrow nothing."""

    status: str = ""
    reached: str = ""
    search: str = ""
    show: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.status or self.reached or self.search or self.show)


@dataclass(frozen=True, slots=True)
class LeadPage:
    """Leads newest first; `older` and `newer` are keys for the pages beside this one."""

    leads: list[Lead]
    older: int | None
    newer: int | None


def filter_leads(*, customer: Customer, chosen: LeadFilter) -> QuerySet[Lead]:
    """The customer's leads that match, in no order."""
    leads: QuerySet[Lead] = Lead.objects.for_customer(customer)
    if chosen.status in LeadStatus.values:
        leads = leads.filter(status=chosen.status)
    if chosen.reached == "worked":
        done = Task.objects.filter(customer=customer, status=TaskStatus.DONE)
        leads = leads.filter(pk__in=done.values("lead_id"))
    elif chosen.reached in REACHED:
        leads = leads.filter(REACHED[chosen.reached][1])
    if chosen.show == "held":
        leads = leads.filter(address_check__in=HELD_CHECKS)
    if matches := _matches(chosen):
        leads = leads.filter(reduce(or_, matches))
    return leads


def _matches(chosen: LeadFilter) -> list[Q]:
    """What a search means: the beginning of either key, and each has an index for it."""
    words = chosen.search.strip().lower()
    if not words:
        return []
    matches = [Q(email_key__startswith=words)]
    if name := company_key(words):
        matches.append(Q(company_key__startswith=name))
    return matches


def list_leads(
    *, customer: Customer, chosen: LeadFilter, before: int | None = None, after: int | None = None
) -> LeadPage:
    """One page: the leads older than `before`, or newer than `after`, or the newest."""
    span = Q()
    if after is not None:
        span = Q(pk__gt=after)
    elif before is not None:
        span = Q(pk__lt=before)
    found = _first(customer, chosen, span, order="-pk" if after is None else "pk")
    has_more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if after is not None:
        return _page(rows[::-1], has_older=True, has_newer=has_more)
    return _page(rows, has_older=has_more, has_newer=before is not None)


def _first(customer: Customer, chosen: LeadFilter, span: Q, *, order: str) -> list[Lead]:
    """The first leads of `span` that match, one more than a page holds."""
    leads = filter_leads(customer=customer, chosen=replace(chosen, search="")).filter(span)
    matches = _matches(chosen)
    if not matches:
        return list(leads.defer(*NOT_LISTED).order_by(order)[: PAGE_SIZE + 1])
    # One query for both would read every row that either index names, to sort them.
    keys: set[int] = set()
    for match in matches:
        rows = leads.filter(match).order_by(order)
        keys.update(rows.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    shown = Lead.objects.for_customer(customer).filter(pk__among=keys)
    return list(shown.defer(*NOT_LISTED).order_by(order)[: PAGE_SIZE + 1])


def _page(rows: list[Lead], *, has_older: bool, has_newer: bool) -> LeadPage:
    if not rows:
        return LeadPage([], None, None)
    return LeadPage(rows, rows[-1].pk if has_older else None, rows[0].pk if has_newer else None)


def get_lead(*, customer: Customer, pk: int) -> Lead:
    """One of the customer's leads. Raises Http404 for a stranger's."""
    lead: Lead | None = (
        Lead.objects.for_customer(customer)
        .select_related("customer", "conversation")
        .filter(pk=pk)
        .first()
    )
    if lead is None:
        raise Http404("no such lead")
    return lead
