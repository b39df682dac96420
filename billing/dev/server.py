"""The pretend Stripe as a server on loopback: its API, its pages and its webhooks."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import stripe

from billing.dev import pages, store
from billing.dev.api import Api
from billing.dev.checkouts import DECLINED_CARD, GOOD_CARD
from billing.dev.objects import ApiError, Object
from billing.dev.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger("billing.dev")

DELIVERY_TRIES = 20


class StandIn:
    """A running server. `start()` returns at once; `base_url` is where it listens."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        port: int,
        webhook_url: str,
        webhook_secret: str,
        state: Path | None = None,
    ) -> None:
        handler = type("BoundHandler", (Handler,), {"stand_in": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.api = Api(World(clock=clock, base_url=self.base_url))
        self.webhook_url, self.webhook_secret, self.state = webhook_url, webhook_secret, state
        self.outgoing: queue.Queue[Object] = queue.Queue()
        if state is not None:
            store.load_state(self.api, state)

    def start(self) -> None:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        threading.Thread(target=self._deliver_all, daemon=True).start()

    def serve(self) -> None:
        threading.Thread(target=self._deliver_all, daemon=True).start()
        self.server.serve_forever()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def publish_changes(self) -> None:
        """Save the state, and hand new events to the delivery thread."""
        with self.api.lock:
            events, self.api.world.events = self.api.world.events, []
            if self.state is not None:
                store.save_state(self.api, self.state)
        for event in events:
            self.outgoing.put(event)

    # --- Webhooks --------------------------------------------------------------------

    def _deliver_all(self) -> None:
        while True:
            event = self.outgoing.get()
            for number in range(DELIVERY_TRIES):
                if self._deliver(event):
                    break
                time.sleep(min(0.2 * 2**number, 30.0))
            self.outgoing.task_done()

    def _deliver(self, event: Object) -> bool:
        body = json.dumps(event)
        header = stripe.WebhookSignature.generate_signature_header(body, self.webhook_secret)
        request = urllib.request.Request(  # noqa: S310 # our own site's address, from settings
            self.webhook_url,
            data=body.encode(),
            headers={"Content-Type": "application/json", "Stripe-Signature": header},
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 # as above
                return True
        except (urllib.error.URLError, OSError) as error:
            logger.warning("event %s not delivered: %s", event["type"], error)
            return False

    # --- Pages -----------------------------------------------------------------------

    def show(self, path: str, error: str = "") -> str:
        kind, _, identity = path.strip("/").partition("/")
        world = self.api.world
        if kind == "checkout":
            return pages.checkout(world, world.get("checkout.session", identity), error)
        if kind == "portal":
            return pages.portal(world, world.get("billing_portal.session", identity), error)
        if kind == "invoices":
            return pages.invoice(world.get("invoice", identity.removesuffix(".pdf")))
        raise ApiError("There is no such page.", status=404)

    def follow_link(self, link_id: str) -> str:
        return f"/checkout/{self.api.world.open_payment_link(link_id)['id']}"

    def act(self, path: str, form: dict[str, str]) -> str:
        """Do what a visitor asked for. Returns where to send the browser."""
        kind, _, identity = path.strip("/").partition("/")
        if kind == "checkout":
            return self._pay(identity, form.get("card", "").replace(" ", ""))
        if kind == "portal":
            self._manage(self.api.world.get("billing_portal.session", identity), form)
            return path
        raise ApiError("There is no such page.", status=404)

    def _pay(self, session_id: str, card: str) -> str:
        if card not in {GOOD_CARD, DECLINED_CARD}:
            raise ApiError(f"Use {GOOD_CARD} or {DECLINED_CARD}.")
        world = self.api.world
        session = world.get("checkout.session", session_id)
        world.complete_checkout(session_id, card=card)
        if session["mode"] == "payment":
            link = world.get("payment_link", session["payment_link"])
            return str(world.secret(link).get("success_url") or "/")
        return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session_id)

    def _manage(self, session: Object, form: dict[str, str]) -> None:
        world, customer = self.api.world, session["customer"]
        match form.get("do"):
            case "good_card":
                world.declined.discard(customer)
                for invoice in world.all("invoice", customer=customer, status="open"):
                    world.collect(invoice["id"])
            case "bad_card":
                world.declined.add(customer)
            case "cancel" | "keep" as choice:
                subscription = self._own_subscription(customer, form)
                world.change(subscription, cancel_at_period_end=choice == "cancel")
            case "next":
                world.next_period(self._own_subscription(customer, form)["id"])
            case _:
                raise ApiError("There is no such button.")

    def _own_subscription(self, customer: str, form: dict[str, str]) -> Object:
        subscription = self.api.world.get("subscription", form.get("subscription", ""))
        if subscription["customer"] != customer:
            raise ApiError("There is no such subscription.", status=404)
        return subscription


class Handler(BaseHTTPRequestHandler):
    """Answers the SDK and browsers."""

    stand_in: ClassVar[StandIn]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/v1/"):
            self._api("get")
        elif path.startswith("/pay/"):
            self._page(lambda: self._redirect(self.stand_in.follow_link(path[5:])))
        else:
            self._page(lambda: self._html(self.stand_in.show(path)))

    def do_POST(self) -> None:
        if self.path.startswith("/v1/"):
            self._api("post")
            return
        form = {name: values[0] for name, values in parse_qs(self._body()).items()}
        try:
            with self.stand_in.api.lock:
                target = self.stand_in.act(self.path, form)
        except ApiError as error:
            said = str(error)
            self._page(lambda: self._html(self.stand_in.show(self.path, said)))
        else:
            self._redirect(target)
        self.stand_in.publish_changes()

    def do_DELETE(self) -> None:
        self._api("delete")

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def _api(self, method: str) -> None:
        body = self._body()
        text, status, headers = self.stand_in.api.handle(
            method, self.path, dict(self.headers), body
        )
        self.stand_in.publish_changes()
        self._send(text, status, "application/json", headers)

    def _page(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except ApiError as error:
            self._html(pages.page("Not here", "", str(error)), status=error.status)

    def _html(self, text: str, status: int = 200) -> None:
        self._send(text, status, "text/html; charset=utf-8", {})

    def _redirect(self, target: str) -> None:
        self._send("", 303, "text/plain", {"Location": target})

    def _send(self, text: str, status: int, kind: str, headers: dict[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        logger.debug(format, *args)
