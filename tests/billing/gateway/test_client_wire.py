"""A Stripe that takes the connection and never answers: given up in time, tried again."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
import stripe
import time_machine

from billing import gateway
from billing.models import BillingEvent, Checkout, Drift
from billing.services import checkouts, events, reconcile
from billing.states import CheckoutPurpose
from tests.billing.conftest import Buyer, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory
from tests.fakes.stripe import API_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes.stripe import FakeStripe
    from tests.helpers.clients import SiteClient


class Silence:
    """A loopback server that accepts, reads the request and says nothing."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked: list[str] = []
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return  # Closed: the test is over.
            self._open.append(visitor)
            self.asked.append(visitor.recv(65_536).decode().partition(" HTTP")[0])

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join()
        for visitor in self._open:
            visitor.close()


@pytest.fixture
def silence() -> Iterator[Silence]:
    server = Silence()
    yield server
    server.close()


@pytest.fixture
def silenced(
    silence: Silence, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Silence]]:
    """Call it when Stripe is to fall silent. The real client, with a shorter patience."""
    impatient = gateway.client.make_http_client(connect=1.0, read=0.05)

    def fall_silent() -> Silence:
        configure(ENABLE_STRIPE=True, STRIPE_API_KEY=API_KEY, STRIPE_API_BASE=silence.url)
        monkeypatch.setattr(gateway.client, "http_client", lambda: impatient)
        return silence

    yield fall_silent
    impatient.close()  # type: ignore[no-untyped-call] # the SDK's


def test_call_without_an_answer_is_tried_once_more(
    silenced: Callable[[], Silence],
) -> None:
    server = silenced()

    with pytest.raises(gateway.StripeUnavailable, match="could not be reached") as raised:
        gateway.retrieve_account()

    assert isinstance(raised.value.__cause__, stripe.APIConnectionError)
    assert "Read timed out" in str(raised.value.__cause__)
    assert server.asked == ["GET /v1/account"] * 2


def test_real_client_waits_four_and_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four seconds for a connection, ten for an answer."""
    waited = []

    def note(**arguments: object) -> str:
        waited.append(arguments)
        return "a client"

    monkeypatch.setattr(stripe, "RequestsClient", note)

    gateway.client.make_http_client()

    assert waited == [{"timeout": (4.0, 10.0)}]


@pytest.mark.django_db
def test_an_event_waits_for_its_next_try_with_nothing_changed(
    payer: Buyer, fake_stripe: FakeStripe, silenced: Callable[[], Silence]
) -> None:
    told = [e for e in fake_stripe.take_events() if e["type"] == "invoice.paid"]
    receive(fake_stripe, told)
    before = payer.facts()
    server = silenced()

    assert events.process_next(now=NOON) is True

    event = BillingEvent.objects.get()
    assert (event.status, event.attempts) == ("pending", 1)
    assert event.due_at == NOON + events.FIRST_RETRY
    assert event.error.startswith("StripeUnavailable: Stripe could not be reached")
    assert payer.facts() == before
    assert {line.partition("?")[0] for line in server.asked} == {"GET /v1/subscriptions"}


@pytest.mark.django_db
def test_reconciling_is_put_off_with_nothing_changed(
    payer: Buyer, silenced: Callable[[], Silence]
) -> None:
    before = payer.facts()
    due = before["reconcile_at"]
    silenced()

    assert reconcile.reconcile_next(now=due) is False

    assert payer.facts() == {**before, "reconcile_at": due + reconcile.AFTER_AN_OUTAGE}
    assert Drift.objects.count() == 0


@pytest.mark.django_db
def test_buyer_reads_of_no_charge_and_can_click_again(
    client: SiteClient,
    fake_stripe: FakeStripe,
    silenced: Callable[[], Silence],
    monkeypatch: pytest.MonkeyPatch,
    configure: Callable[..., None],
) -> None:
    customer = CustomerFactory.create()
    client.force_login(MembershipFactory.create(customer=customer, role="owner").user)
    silenced()

    with time_machine.travel(NOON, tick=False):
        answer = client.post(
            "/api/create-checkout-session", {"purpose": "start"}, content_type="application/json"
        )

    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Stripe cannot be reached right now. Nothing was")
    assert Checkout.objects.count() == 0

    configure(STRIPE_API_BASE="")
    monkeypatch.setattr(gateway.client, "http_client", lambda: fake_stripe)
    url = checkouts.start_checkout(customer=customer, purpose=CheckoutPurpose.START, now=NOON)
    assert [c.url for c in Checkout.objects.all()] == [url]
