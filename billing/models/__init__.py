"""What customers may do and owe: the subscription row and internal work summaries."""

from __future__ import annotations

from billing.models.invoice import Invoice, InvoiceLine
from billing.models.subscription import Subscription

__all__ = ["Invoice", "InvoiceLine", "Subscription"]
