"""Payment links for issued work summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import as_dict, calling, epoch, idempotency_key
from hossagent.lib.signing import stable_hash

if TYPE_CHECKING:
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject


def create_payment_link(
    *,
    invoice_id: int,
    created_at: datetime,
    amount_cents: int,
    description: str,
    success_url: str,
) -> StripeObject:
    """A link that accepts one payment of exactly this amount."""
    metadata = {"hossagent_invoice": str(invoice_id), "hossagent_host": settings.CONFIG.host}
    key = stable_hash(f"{invoice_id}:{epoch(created_at)}:{amount_cents}", purpose="payment_link")
    with calling() as client:
        return as_dict(
            client.v1.payment_links.create(
                params={
                    "line_items": [
                        {
                            "price_data": {
                                "currency": "usd",
                                "unit_amount": amount_cents,
                                "product_data": {"name": description},
                            },
                            "quantity": 1,
                        }
                    ],
                    "restrictions": {"completed_sessions": {"limit": 1}},
                    "after_completion": {"type": "redirect", "redirect": {"url": success_url}},
                    "metadata": metadata,
                },
                options={"idempotency_key": idempotency_key("payment_link", key)},
            )
        )


def deactivate_payment_link(*, payment_link_id: str) -> None:
    with calling() as client:
        client.v1.payment_links.update(payment_link_id, params={"active": False})
