"""The one way out to Stripe: who may call, how long it may take, and its errors as ours."""

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
# How long a key that Stripe refused is not tried again by this process.
REJECTED_KEY_SECONDS = 300.0


class NoCallsHere(stripe.HTTPClient):
    """Stands where the SDK looks for its default HTTP client, whatever the mode: a call
    that does not come from this package fails before it opens a connection."""

    name = "none"

    def request(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream = request

    async def request_async(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream_async = request_async

    def close(self) -> None:
        """Nothing is open."""


def is_live_mode() -> bool:
    """The key is for real money; events of the other mode are not for us."""
    key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
    return bool(key.startswith(("sk_live_", "rk_live_")))


def close_the_back_door() -> None:
    """Take the SDK's module-level way out, and dj-stripe's with it. Called at start-up."""
    stripe.default_http_client = NoCallsHere()
    stripe.api_key = None
    # Two lines per call would bury our own.
    logging.getLogger("stripe").setLevel(logging.WARNING)


def make_http_client(
    *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS
) -> stripe.HTTPClient:
    """A client with a way out that waits so long for a connection, and for an answer."""
    return stripe.RequestsClient(timeout=(connect, read))


@lru_cache(maxsize=1)
def http_client() -> stripe.HTTPClient:
    """The one that is used, its connections kept per thread."""
    return make_http_client()


_rejected: dict[str, float] = {}


def log_misconfiguration() -> None:
    """One `[STRIPE][DISABLED_MISCONFIG]` line when Stripe was wanted and cannot work."""
    subsystem = subsystems.stripe()
    if settings.CONFIG.ENABLE_STRIPE and not subsystem.is_live:
        logger.error(
            "[STRIPE][DISABLED_MISCONFIG] reason=%s fix=%s", subsystem.reason, subsystem.fix
        )


def _reject(key: str, error: Exception) -> StripeIsOff:
    if key not in _rejected:
        logger.error("[STRIPE][DISABLED_MISCONFIG] reason=Stripe refused the key: %s", error)
    _rejected[key] = time.monotonic() + REJECTED_KEY_SECONDS
    return StripeIsOff(
        "Stripe refused STRIPE_API_KEY. Set a valid key of the right mode and restart."
    )


def _make_client() -> stripe.StripeClient:
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
    """A client to call with, and Stripe's errors as ours."""
    client = _make_client()
    try:
        yield client
    except stripe.AuthenticationError as error:
        key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
        raise _reject(key, error) from error
    except stripe.CardError as error:
        raise CardDeclined(error.user_message or str(error), code=error.code or "") from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise StripeUnavailable(f"Stripe could not be reached: {error}") from error
    except stripe.StripeError as error:
        raise StripeRefused(str(error), code=error.code or "") from error


def plain(thing: stripe.StripeObject) -> StripeObject:
    return thing.to_dict(for_json=True)


def idempotency_key(*parts: object) -> str:
    """An idempotency key that no other installation on the same account makes."""
    return ":".join(["hossagent", settings.CONFIG.host, *(str(part) for part in parts)])


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())
