"""The pretend Stripe as a server: the SDK talks to it, people use it, events come back."""

from __future__ import annotations

import json
import socket
import time

import pytest
import stripe

from billing.dev import server
from billing.dev.checkouts import GOOD_CARD
from billing.dev.pages import NOTICE
from billing.dev.server import StandIn
from billing.models import Subscription
from billing.services import checkouts, payment_links, subscriptions, work_summaries
from billing.states import CheckoutPurpose
from tests.billing.dev.conftest import Inbox, browse
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.stripe import WEBHOOK_SECRET


def test_the_whole_path_over_http(stand_in: StandIn, inbox: Inbox) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.START, now=NOON)

    shown = browse(url)
    mistyped = browse(url, {"card": "1"})
    paid = browse(url, {"card": "4242 4242 4242 4242"})
    session_id = url.rpartition("/")[2]
    row = checkouts.complete_checkout(customer=customer, session_id=session_id, now=NOON)
    body, signature = inbox.received.get(timeout=5)

    assert NOTICE in shown[1]
    assert "Nothing is charged today." in shown[1]
    assert "Use 4242424242424242" in mistyped[1]
    assert paid[0] == 303
    assert paid[2].endswith(f"/post-checkout?session_id={session_id}")
    assert row.status == "trialing"
    assert json.loads(body)["type"] == "customer.subscription.created"
    assert stripe.WebhookSignature.verify_header(body, signature, WEBHOOK_SECRET)


def test_the_billing_portal_changes_the_subscription(stand_in: StandIn) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.UPGRADE, now=NOON)
    browse(url, {"card": "4242424242424242"})
    portal = subscriptions.portal_url(customer=customer, now=NOON)
    subscription = stand_in.api.world.all("subscription")[0]
    press = {"subscription": subscription["id"]}

    assert browse(portal, press | {"do": "cancel"})[0] == 303
    assert subscription["cancel_at_period_end"] is True
    browse(portal, press | {"do": "keep"})
    browse(portal, {"do": "bad_card"})
    browse(portal, press | {"do": "next"})
    assert subscription["status"] == "past_due"
    browse(portal, {"do": "good_card"})
    assert subscription["status"] == "active"
    assert "There is no such button." in browse(portal, {"do": "dance"})[1]
    assert "No such subscription" in browse(portal, {"do": "cancel", "subscription": "x"})[1]
    assert "HOSS-0001" in browse(portal)[1]
    assert browse(stand_in.api.world.all("invoice")[0]["hosted_invoice_url"])[0] == 200


def test_a_payment_link_is_paid_on_its_page(stand_in: StandIn) -> None:
    line = work_summaries.add_line(
        customer=CustomerFactory.create(), description="Snapshot", amount_cents=2_500, now=NOON
    )
    invoice = work_summaries.issue_invoice(invoice=line.invoice, by="hoss@x.test", now=NOON)
    url = payment_links.make_payable(invoice=invoice)

    _, _, page = browse(url)
    shown = browse(stand_in.base_url + page)
    done = browse(stand_in.base_url + page, {"card": "4242424242424242"})

    assert "Pay $25.00" in shown[1]
    assert done[2].endswith("/portal/")
    assert browse(url)[0] == 400


def test_what_is_not_there_is_404(stand_in: StandIn) -> None:
    assert browse(f"{stand_in.base_url}/nothing")[0] == 404
    assert browse(f"{stand_in.base_url}/checkout/cs_nobody")[0] == 404
    assert browse(f"{stand_in.base_url}/v1/nothing")[0] == 404


def test_it_remembers_over_a_restart(stand_in: StandIn, inbox: Inbox) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.START, now=NOON)
    stand_in.publish_changes()

    again = StandIn(
        clock=lambda: NOON, port=0, webhook_url="", webhook_secret="", state=stand_in.state
    )
    again.server.server_close()

    assert again.api.world.objects == stand_in.api.world.objects
    assert again.api.replays == stand_in.api.replays
    assert Subscription.objects.get(customer=customer).stripe_customer_id in again.api.world.objects
    assert url


def test_the_portal_of_one_customer_does_not_reach_another_s(stand_in: StandIn) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.UPGRADE, now=NOON)
    browse(url, {"card": GOOD_CARD})
    portal = subscriptions.portal_url(customer=customer, now=NOON)
    world = stand_in.api.world
    price = world.all("price")[0]["id"]
    theirs = world.subscribe(customer=world.add("customer", "cus", {})["id"], price=price)
    (mine,) = world.all("subscription", customer=world.all("customer")[-1]["id"])

    said = browse(portal, {"do": "cancel", "subscription": theirs["id"]})[1]
    assert "There is no such subscription." in said
    assert theirs["cancel_at_period_end"] is False
    browse(portal, {"do": "cancel", "subscription": mine["id"]})
    assert "Keep subscription" in browse(portal)[1]
    browse(portal, {"do": "next", "subscription": mine["id"]})
    assert mine["status"] == "canceled"
    assert "Subscription: canceled</p></form>" in browse(portal)[1]
    assert "This checkout is no longer open." in browse(url)[1]
    assert browse(f"{stand_in.base_url}/nothing", {"a": "b"})[0] == 404


def test_the_sdk_cancels_over_http(stand_in: StandIn) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.UPGRADE, now=NOON)
    browse(url, {"card": GOOD_CARD})

    subscriptions.cancel(customer=customer, by="hoss@x.test", now=NOON, at_once=True)

    assert [one["status"] for one in stand_in.api.world.all("subscription")] == ["canceled"]


def a_stand_in(webhook_url: str) -> StandIn:
    return StandIn(clock=lambda: NOON, port=0, webhook_url=webhook_url, webhook_secret="whsec_x")


def test_event_that_nobody_takes_is_retried_then_dropped(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/stripe/webhook"
    running = a_stand_in(dead)
    running.start()

    running.api.world.emit("invoice.paid", running.api.world.add("invoice", "in", {}))
    running.publish_changes()
    running.outgoing.join()
    assert len(waited) == server.DELIVERY_TRIES
    assert waited[:3] == [0.2, 0.4, 0.8]
    assert max(waited) == 30.0

    running.webhook_url = inbox.url
    running.api.world.emit("invoice.voided", running.api.world.all("invoice")[0])
    running.publish_changes()
    body, _ = inbox.received.get(timeout=5)
    assert json.loads(body)["type"] == "invoice.voided"
    running.stop()
