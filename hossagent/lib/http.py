"""The only outgoing HTTP: bounded in size, time and place.

Addresses given by strangers (a lead's web site, a redirect) never reach a private network:
the name is resolved here, every resolved address is checked, and the connection goes to
the very address that was checked, so that a second answer of the DNS cannot change it.
Redirects are followed by hand, each one checked like the first. Only an address that the
operator configured may be on a private network, and then nothing is followed.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache, partial
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping

USER_AGENT = "HossAgent/1.0"
PUBLIC_PORTS = (80, 443)

# Ranges that `ipaddress` of this Python counts as global, or that lead into others.
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "3fff::/20",  # documentation (RFC 9637), newer than Python's own list
        "fec0::/10",
    )
)


class FetchFailed(Exception):
    """No usable answer. `code` is one word for logs and records, the text a sentence.

    Refused before or on the way: scheme, address, port, redirects, too_large, wrong_type.
    Tried in vain: dns, timeout, connect, protocol.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost. `seconds` is for everything, redirects included."""

    seconds: float = 10.0
    bytes: int = 1_000_000
    redirects: int = 3
    content_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `url` is where it came from in the end."""

    status: int
    url: str
    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body in its declared encoding; what does not decode becomes U+FFFD."""
        charset = httpx.Headers(dict(self.headers)).get("content-type", "")
        name = charset.partition("charset=")[2].split(";")[0].strip("\"' ") or "utf-8"
        try:
            return self.body.decode(name, errors="replace")
        except (LookupError, UnicodeError):  # some names are of codecs that refuse all this
            return self.body.decode("utf-8", errors="replace")


def is_public_address(address: str) -> bool:
    """True for an address that belongs to the open internet, in either family."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in _NEVER if network.version == ip.version)


def fetch(
    url: str,
    *,
    limits: Limits,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    is_trusted: bool = False,
) -> Answer:
    """Ask one address and return the whole answer, whatever its status.

    `is_trusted` is for addresses from the operator's configuration alone: they may be
    private and on any port, and their redirects are not followed. Raises `FetchFailed`.
    """
    deadline = time.monotonic() + limits.seconds
    backend = _GuardedBackend(deadline=deadline, is_trusted=is_trusted)
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    with httpx.Client(
        transport=_GuardedTransport(backend), trust_env=False, timeout=limits.seconds
    ) as client:
        try:
            request = client.build_request(method, url, headers=sent, content=body)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchFailed("scheme", f"{url[:200]!r} is not a web address.") from error
        return _follow(client, request, limits=limits, deadline=deadline, is_trusted=is_trusted)


def _follow(
    client: httpx.Client,
    request: httpx.Request,
    *,
    limits: Limits,
    deadline: float,
    is_trusted: bool,
) -> Answer:
    for _ in range(limits.redirects + 1):
        _check_url(request.url, is_trusted=is_trusted)
        with ExitStack() as stack:
            response = _translated(partial(client.send, request, stream=True))
            stack.callback(response.close)
            following = response.next_request
            if following is None:
                return _read(response, limits=limits, deadline=deadline)
        if is_trusted:
            raise FetchFailed("redirects", f"{request.url} answered with a redirect.")
        request = following
    raise FetchFailed("redirects", f"More than {limits.redirects} redirects.")


def _check_url(url: httpx.URL, *, is_trusted: bool) -> None:
    if url.scheme not in {"http", "https"} or not url.host:
        raise FetchFailed("scheme", f"{str(url)[:200]!r} is not a web address.")
    if url.userinfo:
        raise FetchFailed("scheme", "Addresses with a user name in them are not fetched.")
    if not is_trusted and url.port is not None and url.port not in PUBLIC_PORTS:
        raise FetchFailed("port", f"Port {url.port} is not a web site's.")


def _read(response: httpx.Response, *, limits: Limits, deadline: float) -> Answer:
    content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    is_ok = response.is_success
    if is_ok and limits.content_types and content_type not in limits.content_types:
        raise FetchFailed("wrong_type", f"The answer is {content_type or 'of no type'}.")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailed("wrong_type", "The answer is compressed though that was ruled out.")
    body = bytearray()
    chunks = _translated_iteration(response.iter_raw())
    for chunk in chunks:
        body += chunk
        if len(body) > limits.bytes:
            raise FetchFailed("too_large", f"The answer is larger than {limits.bytes:,} bytes.")
        if time.monotonic() > deadline:
            raise FetchFailed("timeout", f"No complete answer within {limits.seconds:g} seconds.")
    return Answer(
        status=response.status_code,
        url=str(response.url),
        body=bytes(body),
        content_type=content_type,
        headers=dict(response.headers),
    )


# --- Errors of two libraries as one ------------------------------------------------------

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


def _failure(error: Exception) -> FetchFailed:
    if isinstance(error, _TIMEOUTS):
        return FetchFailed("timeout", "No answer in time.")
    if isinstance(error, _CONNECT):
        return FetchFailed("connect", f"No connection: {error}")
    return FetchFailed("protocol", f"The answer is not HTTP: {type(error).__name__}: {error}")


def _translated(call: Callable[[], httpx.Response]) -> httpx.Response:
    try:
        return call()
    except (*_TIMEOUTS, *_CONNECT, *_OTHER) as error:
        raise _failure(error) from error


def _translated_iteration(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except (*_TIMEOUTS, *_CONNECT, *_OTHER) as error:
        raise _failure(error) from error


# --- Connections ---------------------------------------------------------------------------


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name (or of a literal in whatever spelling), as the system says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolve_in_time(host: str, port: int, seconds: float) -> list[str]:
    """The system's resolver has no time limit of its own; a thread it keeps is given up."""
    answers: Queue[list[str] | OSError | UnicodeError] = Queue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except Empty:
        raise FetchFailed("timeout", f"{host} was not found in time.") from None
    if isinstance(answer, Exception):
        raise FetchFailed("dns", f"{host} cannot be found: {answer}")
    return answer


class _GuardedStream(httpcore.NetworkStream):
    """A stream on which every single operation also ends at the deadline of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _GuardedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses it has checked itself."""

    def __init__(self, *, deadline: float, is_trusted: bool) -> None:
        self._deadline = deadline
        self._is_trusted = is_trusted
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve_in_time(host, port, self._deadline - time.monotonic())
        if not self._is_trusted and not all(map(is_public_address, addresses)):
            # One private answer among public ones is a trap or a mistake; neither is used.
            raise FetchFailed("address", f"{host} is not on the public internet.")
        stream = self._inner.connect_tcp(
            addresses[0],
            port,
            max(min(self._deadline - time.monotonic(), timeout or 60.0), 0.001),
            local_address,
            socket_options,
        )
        return _GuardedStream(stream, self._deadline)


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class _GuardedTransport(httpx.BaseTransport):
    """httpx on top of httpcore with our own way to connect, and no proxies."""

    def __init__(self, backend: _GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(), max_connections=2, network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),  # type: ignore[arg-type] # this pool is synchronous
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()
