"""Stripe's side of the story: customers, subscriptions, invoices, and what happens to them.

Objects are dictionaries in the current API's shape, or in the older one with
`shape="old"`. Whatever changes appends events, as Stripe would send them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Object = dict[str, Any]
Shape = Literal["new", "old"]

MONTH = timedelta(days=30)
DECLINED_CARD = "4000000000000341"
GOOD_CARD = "4242424242424242"


class ApiError(Exception):
    """Stripe's answer when it says no."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "",
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.kind = status, code, kind


@dataclass
class World:
    """One Stripe account in test mode. `clock` gives its time."""

    clock: Callable[[], datetime]
    shape: Shape = "new"
    base_url: str = "http://stand-in.test"
    livemode: bool = False
    objects: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    # Which customers' cards are declined when charged.
    declined: set[str] = field(default_factory=set)
    count: int = 0

    # --- Keeping objects -------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:06d}"

    def epoch(self) -> int:
        return int(self.clock().timestamp())

    def add(self, kind: str, prefix: str, values: Object) -> Object:
        made = {
            "id": values.pop("id", None) or self.new_id(prefix),
            "object": kind,
            "created": self.epoch(),
            "livemode": self.livemode,
            "metadata": values.pop("metadata", {}),
            **values,
        }
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, identity: str) -> Object:
        found = self.objects.get(identity)
        if found is None or found["object"] != kind:
            raise ApiError(f"No such {kind}: '{identity}'", status=404, code="resource_missing")
        return found

    def all(self, kind: str, **filters: Any) -> list[Object]:
        """Objects of a kind, newest first, as Stripe lists them."""
        found = [
            thing
            for thing in self.objects.values()
            if thing["object"] == kind
            and all(thing.get(name) == value for name, value in filters.items())
        ]
        return sorted(found, key=lambda thing: (thing["created"], thing["id"]), reverse=True)

    def emit(self, type_: str, subject: Object) -> Object:
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "type": type_,
            "created": self.epoch(),
            "livemode": self.livemode,
            "api_version": "2026-08-26.dahlia" if self.shape == "new" else "2024-06-20",
            "data": {"object": copy.deepcopy(self.shown(subject))},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        }
        self.events.append(event)
        return event

    # --- Shapes ----------------------------------------------------------------------

    def shown(self, thing: Object) -> Object:
        """The object as the chosen API version serves it."""
        if thing["object"] == "payment_link":
            # Stripe keeps to itself when a link was made.
            return {name: value for name, value in thing.items() if name != "created"}
        if self.shape == "new":
            return thing
        thing = copy.deepcopy(thing)
        if thing["object"] == "subscription":
            item = thing["items"]["data"][0]
            for name in ("current_period_start", "current_period_end"):
                thing[name] = item.pop(name)
        if thing["object"] == "invoice":
            parent = thing.pop("parent") or {}
            details = parent.get("subscription_details") or {}
            thing["subscription"] = details.get("subscription")
            thing["paid"] = thing["status"] == "paid"
        return thing

    # --- Subscriptions and invoices --------------------------------------------------

    def subscribe(
        self,
        *,
        customer: str,
        price: str,
        trial_end: int | None = None,
        metadata: Object | None = None,
        quantity: int = 1,
    ) -> Object:
        """A new subscription, on trial or charged at once."""
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
        """Make the invoice of the current period and try to collect it."""
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
        """The period, or the trial, is over: move it on, then charge, as Stripe does."""
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
        """Canceled, now."""
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

    # --- What people do on the hosted pages ------------------------------------------

    def complete_checkout(self, session_id: str, *, card: str = GOOD_CARD) -> Object:
        """The visitor enters a card and confirms. A card that is declined leaves the
        session open and raises."""
        session = self.get("checkout.session", session_id)
        if session["status"] != "open":
            raise ApiError("This checkout session is no longer open.")
        if session["mode"] == "payment":
            return self._complete_payment(session, card)
        customer = session["customer"]
        data = self.secret(session)["subscription_data"]
        trial_end = data.get("trial_end")
        if days := data.get("trial_period_days"):
            trial_end = int((self.clock() + timedelta(days=int(days))).timestamp())
        if card == DECLINED_CARD and not trial_end:
            raise ApiError(
                "Your card was declined.", status=402, code="card_declined", kind="card_error"
            )
        if card == DECLINED_CARD:
            self.declined.add(customer)
        self.add_card(customer, card)
        subscription = self.subscribe(
            customer=customer,
            price=self.secret(session)["price"],
            trial_end=int(trial_end) if trial_end else None,
            metadata=data.get("metadata") or {},
        )
        session.update(
            status="complete",
            payment_status="no_payment_required" if trial_end else "paid",
            subscription=subscription["id"],
            invoice=subscription["latest_invoice"],
            url=None,
        )
        self.emit("checkout.session.completed", session)
        return session

    def add_card(self, customer: str, number: str) -> Object:
        return self.add(
            "payment_method",
            "pm",
            {
                "type": "card",
                "customer": customer,
                "card": {
                    "brand": "visa",
                    "last4": number[-4:],
                    "exp_month": 12,
                    "exp_year": 2034,
                    "fingerprint": f"fingerprint-of-{number}",
                },
            },
        )

    def _complete_payment(self, session: Object, card: str) -> Object:
        if card == DECLINED_CARD:
            raise ApiError(
                "Your card was declined.", status=402, code="card_declined", kind="card_error"
            )
        session.update(status="complete", payment_status="paid", url=None)
        self.emit("checkout.session.completed", session)
        return session

    def open_payment_link(self, link_id: str) -> Object:
        """A visitor follows a payment link: a payment session begins."""
        link = self.get("payment_link", link_id)
        done = [
            s
            for s in self.all("checkout.session", payment_link=link_id)
            if s["status"] == "complete"
        ]
        if not link["active"] or done:
            raise ApiError("This payment link is no longer active.")
        return self.add(
            "checkout.session",
            "cs_test",
            {
                "mode": "payment",
                "status": "open",
                "payment_status": "unpaid",
                "payment_link": link_id,
                "amount_total": self.secret(link)["amount"],
                "currency": "usd",
                "customer": None,
                "subscription": None,
                "metadata": dict(link["metadata"]),
            },
        )

    # What Stripe knows about an object and does not serve.
    secrets: dict[str, Object] = field(default_factory=dict)

    def secret(self, thing: Object) -> Object:
        return self.secrets.setdefault(thing["id"], {})
