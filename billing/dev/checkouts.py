"""What visitors do on the pretend Stripe's hosted pages: pay, or be declined."""

from __future__ import annotations

from datetime import timedelta

from billing.dev.objects import ApiError, Object
from billing.dev.subscriptions import Subscriptions

DECLINED_CARD = "4000000000000341"
GOOD_CARD = "4242424242424242"


class Checkouts(Subscriptions):
    """Checkout sessions and payment links are paid here."""

    def complete_checkout(self, session_id: str, *, card: str = GOOD_CARD) -> Object:
        """A visitor enters a card and confirms. A declined card raises `ApiError` and leaves
        the session open."""
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
        """A visitor follows a payment link, which starts a payment session."""
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
