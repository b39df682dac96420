"""The stand-in as a server: the SDK talks to it, people use its pages, events come back."""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from billing import gateway
from billing.models import Subscription
from billing.services import checkouts, payment_links, subscriptions, work_summaries
from billing.stand_in.pages import NOTICE
from billing.stand_in.server import StandIn
from billing.states import CheckoutPurpose
from hossagent.config import load
from hossagent.management.commands import up
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
