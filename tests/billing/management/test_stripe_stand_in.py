"""Starting the pretend Stripe, and where it is refused."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from billing.dev import server
from billing.management.commands import stripe_stand_in
from hossagent.config import load
from hossagent.management.commands import up
from tests.billing.dev.conftest import browse

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_up_starts_the_stand_in_only_on_request() -> None:
    plain = up._children("127.0.0.1:9", with_stand_in=False)
    paid = up._children("127.0.0.1:9", with_stand_in=True)

    assert [child.name for child in plain] == ["web", "autopilot", "ops"]
    assert [child.name for child in paid] == ["web", "autopilot", "ops", "stripe stand-in"]
    for child in paid:
        assert Path(child.argv[0]).is_file()
        assert "ENABLE_STRIPE=TRUE" in child.argv
        assert "BASE_URL=http://127.0.0.1:9" in child.argv


def test_command_prints_settings_and_serves_until_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
