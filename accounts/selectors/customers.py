"""Which customer does the operator mean?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import Customer

if TYPE_CHECKING:
    from django.db.models import QuerySet

_NUMBER = re.compile(r"#(\d{1,18})\b", re.ASCII)


def find_customers(words: str) -> QuerySet[Customer]:
    """Open customers by `#12` (more may follow it), by address, or by how the company's
    name begins; a name given in full means that company alone."""
    open_ones: QuerySet[Customer] = Customer.objects.filter(closed_at=None).order_by(
        "company", "pk"
    )
    words = words.strip()
    if not words:
        return open_ones.none()
    if number := _NUMBER.match(words):
        return open_ones.filter(pk=number[1])
    exact = open_ones.filter(Q(email__iexact=words) | Q(company__iexact=words))
    return exact if exact.exists() else open_ones.filter(company__istartswith=words)


def customer_words(customer: Customer) -> str:
    """What `find_customers` finds this customer by, and a person knows it by."""
    return f"#{customer.pk} {customer.company}"
