"""What happens to subscriptions and invoices at the pretend Stripe, as at the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing.dev.objects import ApiError, Object, Objects

MONTH = timedelta(days=30)


class Subscriptions(Objects):
    """Subscriptions start, renew, fail to be paid, pause and end."""

    def subscribe(
        self,
        *,
        customer: str,
        price: str,
        trial_end: int | None = None,
        metadata: Object | None = None,
        quantity: int = 1,
    ) -> Object:
        """Start a subscription, on trial or charged at once."""
        now = self.epoch()
        end = trial_end or int((self.clock() + MONTH).timestamp())
        item = {
            "id": self.new_id("si"),
            "object": "subscription_item",
            "created": now,
            "current_period_start": now,
            "current_period_end": end,
            "metadata": {},
            "price": self.get("price", price),
            "quantity": quantity,
        }
        made = self.add(
            "subscription",
            "sub",
            {
                "customer": customer,
                "status": "trialing" if trial_end else "active",
                "items": {"object": "list", "data": [item], "has_more": False, "url": ""},
                "cancel_at": None,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "ended_at": None,
                "trial_start": now if trial_end else None,
                "trial_end": trial_end,
                "start_date": now,
                "currency": "usd",
                "collection_method": "charge_automatically",
                "default_payment_method": None,
                "latest_invoice": None,
                "pause_collection": None,
                "metadata": metadata or {},
            },
        )
        self.emit("customer.subscription.created", made)
        self._bill(made, 0 if trial_end else self._amount(made), "subscription_create")
        return made

    def _amount(self, subscription: Object) -> int:
        item = subscription["items"]["data"][0]
        return int(item["price"]["unit_amount"]) * int(item["quantity"])

    def _bill(self, subscription: Object, amount: int, reason: str) -> Object:
        """Create the invoice of the current period, and try to collect it."""
        number = len(self.all("invoice")) + 1
        now = self.epoch()
        identity = self.new_id("in")
        made = self.add(
            "invoice",
            "in",
            {
                "id": identity,
                "customer": subscription["customer"],
                "currency": "usd",
                "status": "open",
                "number": f"HOSS-{number:04d}",
                "amount_due": amount,
                "amount_paid": 0,
                "amount_remaining": amount,
                "total": amount,
                "attempted": False,
                "attempt_count": 0,
                "auto_advance": True,
                "billing_reason": reason,
                "collection_method": "charge_automatically",
                "hosted_invoice_url": f"{self.base_url}/invoices/{identity}",
                "invoice_pdf": f"{self.base_url}/invoices/{identity}.pdf",
                "period_start": now,
                "period_end": now,
                "status_transitions": {
                    "finalized_at": now,
                    "marked_uncollectible_at": None,
                    "paid_at": None,
                    "voided_at": None,
                },
                "parent": {
                    "type": "subscription_details",
                    "quote_details": None,
                    "subscription_details": {
                        "subscription": subscription["id"],
                        "metadata": subscription["metadata"],
                    },
                },
                "lines": {"object": "list", "data": [], "has_more": False, "url": ""},
            },
        )
        subscription["latest_invoice"] = made["id"]
        self.emit("invoice.finalized", made)
        self.collect(made["id"])
        return made

    def collect(self, invoice_id: str) -> None:
        """Try to charge an open invoice."""
        invoice = self.get("invoice", invoice_id)
        subscription = self.subscription_of(invoice)
        declined = invoice["customer"] in self.declined and invoice["amount_due"]
        if declined:
            invoice["attempted"] = True
            invoice["attempt_count"] += 1
            self.emit("invoice.payment_failed", invoice)
            self.change(subscription, status="past_due")
            return
        invoice |= {
            "status": "paid",
            "attempted": True,
            "attempt_count": invoice["attempt_count"] + 1,
            "amount_paid": invoice["amount_due"],
            "amount_remaining": 0,
        }
        invoice["status_transitions"]["paid_at"] = self.epoch()
        self.objects[invoice_id] = invoice
        self.emit("invoice.paid", invoice)
        if subscription["status"] in {"past_due", "unpaid"}:
            self.change(subscription, status="active")

    def subscription_of(self, invoice: Object) -> Object:
        identity = invoice["parent"]["subscription_details"]["subscription"]
        return self.get("subscription", identity)

    def change(self, subscription: Object, **values: Any) -> Object:
        subscription.update(values)
        self.emit("customer.subscription.updated", subscription)
        return subscription

    def next_period(self, subscription_id: str) -> Object:
        """End the current period or trial: start the next one, then charge, as Stripe does."""
        subscription = self.get("subscription", subscription_id)
        if subscription["cancel_at_period_end"]:
            return self.end(subscription_id)
        item = subscription["items"]["data"][0]
        item["current_period_start"] = self.epoch()
        item["current_period_end"] = int((self.clock() + MONTH).timestamp())
        values = {"status": "active"} if subscription["status"] == "trialing" else {}
        self.change(subscription, **values)
        self._bill(subscription, self._amount(subscription), "subscription_cycle")
        return subscription

    def end(self, subscription_id: str, comment: str = "") -> Object:
        """Cancel at once."""
        subscription = self.get("subscription", subscription_id)
        if subscription["status"] == "canceled":
            raise ApiError(
                "The subscription is canceled already.", code="resource_missing", status=404
            )
        now = self.epoch()
        details = {"comment": comment or None, "feedback": None, "reason": "cancellation_requested"}
        subscription.update(
            status="canceled", canceled_at=now, ended_at=now, cancellation_details=details
        )
        self.emit("customer.subscription.deleted", subscription)
        return subscription

    def pause(self, subscription_id: str) -> Object:
        subscription = self.get("subscription", subscription_id)
        subscription["status"] = "paused"
        self.emit("customer.subscription.paused", subscription)
        return subscription

    def resume(self, subscription_id: str) -> Object:
        subscription = self.get("subscription", subscription_id)
        subscription["status"] = "active"
        self.emit("customer.subscription.resumed", subscription)
        return subscription

    def void(self, invoice_id: str) -> Object:
        invoice = self.get("invoice", invoice_id)
        invoice["status"] = "void"
        invoice["status_transitions"]["voided_at"] = self.epoch()
        self.emit("invoice.voided", invoice)
        return invoice

    def warn_of_trial_end(self, subscription_id: str) -> Object:
        return self.emit(
            "customer.subscription.trial_will_end", self.get("subscription", subscription_id)
        )
