"""Money that came in, from Stripe's mirrored invoices and from work summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from djstripe import models as djstripe

from billing.models import Invoice
from billing.states import InvoiceStatus

if TYPE_CHECKING:
    from datetime import datetime


def payments_between(*, start: datetime, end: datetime) -> tuple[int, int]:
    """(number, cents) of payments above zero in [start, end).

    Subscription payments come from mirrored invoices, by `status_transitions.paid_at`, the
    only place where current API versions keep the time. Work summaries are our own rows.
    """
    count = cents = 0
    paid = djstripe.Invoice.objects.filter(
        stripe_data__status="paid",
        stripe_data__amount_paid__gt=0,
        stripe_data__status_transitions__paid_at__gte=int(start.timestamp()),
        stripe_data__status_transitions__paid_at__lt=int(end.timestamp()),
    )
    for amount in paid.values_list("stripe_data__amount_paid", flat=True):
        count, cents = count + 1, cents + int(amount)
    work = Invoice.objects.filter(
        status=InvoiceStatus.PAID, paid_at__gte=start, paid_at__lt=end
    ).aggregate(count=Count("pk"), cents=Sum("total_cents", default=0))
    return count + work["count"], cents + work["cents"]
