"""The stand-in as a server: the SDK talks to it, people use its pages, events come back."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from billing import gateway
from billing.dev import server
from billing.dev.api import decode_form
from billing.dev.pages import NOTICE
from billing.dev.server import StandIn
from billing.dev.world import DECLINED_CARD, GOOD_CARD, ApiError
from billing.management.commands import stripe_stand_in
from billing.models import Subscription
from billing.services import checkouts, payment_links, subscriptions, work_summaries
from billing.states import CheckoutPurpose
from hossagent.config import load
from hossagent.management.commands import up
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe


class Inbox:
    """A site that receives webhooks."""

    def __init__(self) -> None:
        received: queue.Queue[tuple[str, str]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                received.put((body, self.headers["Stripe-Signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/stripe/webhook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def browse(url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, body and Location."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    opener = urllib.request.build_opener(NoRedirect())
    try:
        answer = opener.open(url, data=data, timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.read().decode(), answer.headers.get("Location") or ""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()
    yield box
    box.server.shutdown()
    box.server.server_close()


@pytest.fixture
def stand_in(
    inbox: Inbox, configure: Callable[..., None], tmp_path: Path, db: None
) -> Iterator[StandIn]:
    running = StandIn(
        clock=lambda: NOON,
        port=0,
        webhook_url=inbox.url,
        webhook_secret=WEBHOOK_SECRET,
        state=tmp_path / "state.json",
    )
    running.start()
    configure(
        ENABLE_STRIPE=True,
        STRIPE_API_KEY=API_KEY,
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
        STRIPE_API_BASE=running.base_url,
    )
    yield running
    running.stop()
    gateway.http_client().close()  # type: ignore[no-untyped-call] # the SDK's


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
    stand_in.settle()

    again = StandIn(
        clock=lambda: NOON, port=0, webhook_url="", webhook_secret="", state=stand_in.state
    )
    again.server.server_close()

    assert again.api.world.objects == stand_in.api.world.objects
    assert again.api.replays == stand_in.api.replays
    assert Subscription.objects.get(customer=customer).stripe_customer_id in again.api.world.objects
    assert url


def test_release_mode_has_no_stand_in(configure: Callable[..., None]) -> None:
    environment = {
        "RELEASE_MODE": "TRUE",
        "SESSION_SECRET": "x",
        "STRIPE_API_BASE": "http://127.0.0.1:12111",
    }
    with pytest.raises(ImproperlyConfigured, match="STRIPE_API_BASE: must be empty"):
        load(environment)

    configure(RELEASE_MODE=True)
    with pytest.raises(CommandError, match="no stand-in"):
        call_command("stripe_stand_in")


@pytest.mark.parametrize("base", ["https://127.0.0.1:1", "http://stripe.test", "http://10.0.0.1"])
def test_the_stand_in_is_on_this_machine_or_nowhere(base: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="expected the stand-in on this machine"):
        load({"SESSION_SECRET": "x", "STRIPE_API_BASE": base})


def test_up_starts_everything_with_the_stand_in_and_only_on_request() -> None:
    plain = up._children("127.0.0.1:9", with_stand_in=False)
    paid = up._children("127.0.0.1:9", with_stand_in=True)

    assert [child.name for child in plain] == ["web", "autopilot", "ops"]
    assert [child.name for child in paid] == ["web", "autopilot", "ops", "stripe stand-in"]
    for child in paid:
        assert Path(child.argv[0]).is_file()
        assert "ENABLE_STRIPE=TRUE" in child.argv
        assert "BASE_URL=http://127.0.0.1:9" in child.argv


# --- What it refuses, as Stripe does -------------------------------------------------


def ask(fake: FakeStripe, method: str, path: str, **params: str) -> tuple[int, str]:
    """Status, and Stripe's word or sentence for why."""
    url, body = path, urllib.parse.urlencode(params)
    text, status, _ = fake.api.handle(method, url, {}, body)
    error = json.loads(text).get("error", {})
    return status, error.get("code") or error.get("message", "")


def test_forms_are_read_in_both_of_their_spellings() -> None:
    assert decode_form("a[]=1&a[]=2&b[0][c]=3&b[1][c]=4&d=") == {
        "a": ["1", "2"],
        "b": [{"c": "3"}, {"c": "4"}],
        "d": "",
    }


def test_refusals_of_the_api(fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    sold = {"product": "p", "currency": "usd", "unit_amount": "5", "lookup_key": "k"}
    monthly = {"recurring[interval]": "month"}
    session = {"customer": "c", "mode": "subscription", "success_url": "/"}
    world.add("customer", "cus", {"id": "c"})
    soon = str(int((NOON + timedelta(hours=47)).timestamp()))

    answers = [
        ask(fake_stripe, "post", "/v1/products", id="p", name="P"),
        ask(fake_stripe, "post", "/v1/products", id="p", name="P"),
        ask(fake_stripe, "post", "/v1/prices", **sold, **monthly),
        ask(fake_stripe, "post", "/v1/prices", **sold, **monthly),
    ]
    price = world.all("price")[0]
    buys = {**session, "line_items[0][price]": price["id"]}
    answers += [
        ask(
            fake_stripe,
            "post",
            "/v1/checkout/sessions",
            **buys,
            **{"subscription_data[trial_end]": soon},
        ),
        ask(fake_stripe, "post", f"/v1/prices/{price['id']}", active="false"),
        ask(fake_stripe, "post", "/v1/checkout/sessions", **buys),
        ask(fake_stripe, "put", "/v1/products"),
    ]

    assert answers == [
        (200, ""),
        (400, "resource_already_exists"),
        (200, ""),
        (400, "resource_already_exists"),
        (400, "The trial_end has to be at least 48 hours in the future."),
        (200, ""),
        (400, "The price is not active."),
        (404, "Unrecognized request URL (put /v1/products)."),
    ]


def test_a_key_used_for_another_request_is_refused(fake_stripe: FakeStripe) -> None:
    def post(name: str) -> str:
        text, _, _ = fake_stripe.api.handle(
            "post", "/v1/customers", {"Idempotency-Key": "k"}, f"name={name}"
        )
        found = json.loads(text)
        return str(found.get("id") or found["error"]["type"])

    first, again, other = post("a"), post("a"), post("b")

    assert (first, other) == (again, "idempotency_error")
    assert len(fake_stripe.world.all("customer")) == 1


@pytest.mark.django_db
def test_refusals_about_a_subscription(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    path = f"/v1/subscriptions/{payer.subscription_id}"
    one = world.get("subscription", payer.subscription_id)

    unchanged = [ask(fake_stripe, "post", path, trial_end="now"), ask(fake_stripe, "post", path)]
    assert unchanged == [(200, "")] * 2
    assert one["status"] == "active"
    assert ask(fake_stripe, "delete", path)[0] == 200
    assert ask(fake_stripe, "delete", path) == (404, "resource_missing")
    assert ask(fake_stripe, "post", path, trial_end="now") == (404, "resource_missing")
    listed, _, _ = fake_stripe.api.handle(
        "get", f"/v1/subscriptions?customer={payer.stripe_id}", {}, None
    )
    assert json.loads(listed)["data"] == []
    session = world.all("checkout.session")[0]["id"]
    expiring = ask(fake_stripe, "post", f"/v1/checkout/sessions/{session}/expire")
    assert expiring == (400, "Only open sessions can be expired.")
    with pytest.raises(ApiError, match="no longer open"):
        world.complete_checkout(session)


@pytest.mark.django_db
def test_cards_that_are_declined(fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    url = checkouts.start_checkout(
        customer=CustomerFactory.create(), purpose=CheckoutPurpose.UPGRADE, now=NOON
    )
    link = world.add("payment_link", "plink", {"active": True})
    world.secret(link).update(amount=500)
    payment = world.open_payment_link(link["id"])

    for session in (url.rpartition("/")[2], payment["id"]):
        with pytest.raises(ApiError, match="Your card was declined") as refused:
            world.complete_checkout(session, card=DECLINED_CARD)
        assert (refused.value.status, refused.value.code) == (402, "card_declined")
        assert world.get("checkout.session", session)["status"] == "open"


@pytest.mark.django_db
@pytest.mark.parametrize(("card", "status"), [(GOOD_CARD, "active"), (DECLINED_CARD, "past_due")])
def test_a_trial_near_its_end_is_rounded_up_to_days_and_then_charged(
    fake_stripe: FakeStripe, card: str, status: str
) -> None:
    world, customer = fake_stripe.world, CustomerFactory.create()
    fake_stripe.later(days=6)
    url = checkouts.start_checkout(
        customer=customer, purpose=CheckoutPurpose.START, now=fake_stripe.now
    )
    world.complete_checkout(url.rpartition("/")[2], card=card)
    (one,) = world.all("subscription")
    assert one["trial_end"] == int((NOON + timedelta(days=7)).timestamp())

    fake_stripe.later(days=1)
    world.next_period(one["id"])

    assert one["status"] == status


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


# --- Delivery ------------------------------------------------------------------------


def a_stand_in(webhook_url: str) -> StandIn:
    return StandIn(clock=lambda: NOON, port=0, webhook_url=webhook_url, webhook_secret="whsec_x")


def test_an_event_that_nobody_takes_is_offered_again_and_then_dropped(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/stripe/webhook"
    running = a_stand_in(dead)
    running.start()

    running.api.world.emit("invoice.paid", running.api.world.add("invoice", "in", {}))
    running.settle()
    running.outgoing.join()
    assert len(waited) == server.DELIVERY_TRIES
    assert waited[:3] == [0.2, 0.4, 0.8]
    assert max(waited) == 30.0

    running.webhook_url = inbox.url
    running.api.world.emit("invoice.voided", running.api.world.all("invoice")[0])
    running.settle()
    body, _ = inbox.received.get(timeout=5)
    assert json.loads(body)["type"] == "invoice.voided"
    running.stop()


def test_the_command_says_how_to_start_the_site_and_serves_until_interrupted(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C arrives once the first request has been answered."""
    seen: list[tuple[int, str]] = []

    class Interrupted(ThreadingHTTPServer):
        def serve_forever(self, poll_interval: float = 0.5) -> None:
            visitor = threading.Thread(
                target=lambda: seen.append(browse(f"{base}/nothing")[:2]), daemon=True
            )
            base = f"http://127.0.0.1:{self.server_address[1]}"
            visitor.start()
            self.handle_request()
            visitor.join()
            raise KeyboardInterrupt

        def shutdown(self) -> None:
            """Nothing loops any more."""

    monkeypatch.setattr(server, "ThreadingHTTPServer", Interrupted)
    monkeypatch.setattr(stripe_stand_in, "VAR_DIR", tmp_path)
    out = StringIO()

    call_command("stripe_stand_in", "--port", "0", stdout=out)

    assert [status for status, _ in seen] == [404]
    assert "The stand-in for Stripe listens at http://127.0.0.1:" in out.getvalue()
    assert f"STRIPE_API_KEY={stripe_stand_in.KEY}" in out.getvalue()
    assert f"STRIPE_WEBHOOK_SECRET={stripe_stand_in.SECRET}" in out.getvalue()
