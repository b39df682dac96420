"""What asking the model costs in tests."""

from __future__ import annotations

from agents.models import WriterSpend

# The fake's 1,000 tokens in at $0.15 and 200 out at $0.60 per million.
COST = 270


def spent(customer_id: int | None = None) -> int:
    """In millionths of a dollar, by one customer or by all."""
    rows = WriterSpend.objects.all()
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    return sum(rows.values_list("micros", flat=True))
