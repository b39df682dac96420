"""The one client that reaches Stripe: when it may call, for how long, and its errors as ours."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import stripe
from django.conf import settings

from billing.gateway.errors import (
    CardDeclined,
    StripeIsOff,
    StripeRefused,
    StripeUnavailable,
)
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.gateway")

CONNECT_SECONDS, READ_SECONDS = 4.0, 10.0
RETRIES = 1
# What one page of a list holds.
PAGE = 100
# A process does not try a key again for this long after Stripe refused it.
REJECTED_KEY_SECONDS = 300.0


class BlockedHTTPClient(stripe.HTTPClient):
    """The SDK's default HTTP client, in every mode: a call that does not come from this
    package fails before it opens a connection."""

    name = "blocked"

    def request(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream = request

    async def request_async(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream_async = request_async

    def close(self) -> None:
        """There is no connection to close."""


def is_live_mode() -> bool:
    """The key is for real money. Events of the other mode are not for us."""
    key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
    return bool(key.startswith(("sk_live_", "rk_live_")))


def disable_default_client() -> None:
    """Block calls through the SDK's module level, which dj-stripe uses. Called at startup."""
    stripe.default_http_client = BlockedHTTPClient()
    stripe.api_key = None
    # The SDK logs two lines per call, which would bury ours.
    logging.getLogger("stripe").setLevel(logging.WARNING)


def make_http_client(
    *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS
) -> stripe.HTTPClient:
    """A client that can connect. `connect` and `read` are timeouts in seconds."""
    return stripe.RequestsClient(timeout=(connect, read))


@lru_cache(maxsize=1)
def http_client() -> stripe.HTTPClient:
    """The client in use. It keeps its connections per thread."""
    return make_http_client()


_rejected: dict[str, float] = {}


def log_misconfiguration() -> None:
    """Log one `[STRIPE][DISABLED_MISCONFIG]` line if Stripe is switched on and cannot work."""
    subsystem = subsystems.stripe()
    if settings.CONFIG.ENABLE_STRIPE and not subsystem.is_live:
        logger.error(
            "[STRIPE][DISABLED_MISCONFIG] reason=%s fix=%s", subsystem.reason, subsystem.fix
        )


def _rejected_key_error(key: str, error: Exception) -> StripeIsOff:
    if key not in _rejected:
        logger.error("[STRIPE][DISABLED_MISCONFIG] reason=Stripe refused the key: %s", error)
    _rejected[key] = time.monotonic() + REJECTED_KEY_SECONDS
    return StripeIsOff(
        "Stripe refused STRIPE_API_KEY. Set a valid key of the right mode and restart."
    )


def _live_client() -> stripe.StripeClient:
    subsystem = subsystems.stripe()
    if not subsystem.is_live:
        raise StripeIsOff(f"Stripe is off: {subsystem.reason}.")
    config = settings.CONFIG
    key = config.STRIPE_API_KEY.get_secret_value()
    if time.monotonic() < _rejected.get(key, 0.0):
        raise StripeIsOff("Stripe refused STRIPE_API_KEY a moment ago.")
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": config.STRIPE_API_BASE} if config.STRIPE_API_BASE else {},
        max_network_retries=RETRIES,
        http_client=http_client(),
    )


@contextmanager
def calling() -> Iterator[stripe.StripeClient]:
    """A client to call with; Stripe's errors are raised as ours."""
    client = _live_client()
    try:
        yield client
    except stripe.AuthenticationError as error:
        key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
        raise _rejected_key_error(key, error) from error
    except stripe.CardError as error:
        raise CardDeclined(error.user_message or str(error), code=error.code or "") from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise StripeUnavailable(f"Stripe could not be reached: {error}") from error
    except stripe.StripeError as error:
        raise StripeRefused(str(error), code=error.code or "") from error


def as_dict(thing: stripe.StripeObject) -> StripeObject:
    return thing.to_dict(for_json=True)


def idempotency_key(*parts: object) -> str:
    """An idempotency key that no other installation on the same account uses."""
    return ":".join(["hossagent", settings.CONFIG.host, *(str(part) for part in parts)])


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())
