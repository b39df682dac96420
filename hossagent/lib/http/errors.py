"""Why a fetch failed, in one word and a sentence, whichever library noticed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

_TIMEOUTS = (httpcore.TimeoutException, httpx.TimeoutException)
_CONNECT = (httpcore.ConnectError, httpx.ConnectError)
_OTHER = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,
)


class FetchFailed(Exception):
    """No usable answer. `code` is one word for logs and records, the text a sentence.

    Refused before or on the way: scheme, address, port, redirects, too_large, wrong_type.
    Tried in vain: dns, timeout, connect, protocol.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def translate(call: Callable[[], Result]) -> Result:
    """Return what `call` returns. Raises `FetchFailed` for what the libraries raise."""
    try:
        return call()
    except (*_TIMEOUTS, *_CONNECT, *_OTHER) as error:
        raise _failure(error) from error


def translate_chunks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks. Raises `FetchFailed` for what the libraries raise on the way."""
    try:
        yield from chunks
    except (*_TIMEOUTS, *_CONNECT, *_OTHER) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> FetchFailed:
    if isinstance(error, _TIMEOUTS):
        return FetchFailed("timeout", "No answer in time.")
    if isinstance(error, _CONNECT):
        return FetchFailed("connect", f"No connection: {error}")
    return FetchFailed("protocol", f"The answer is not HTTP: {type(error).__name__}: {error}")
