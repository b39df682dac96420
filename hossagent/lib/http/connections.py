"""Connections that lead only to addresses that were checked, and end at one deadline."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import httpcore
import httpx

from hossagent.lib.http.addresses import is_public_address, resolve_in_time
from hossagent.lib.http.errors import FetchFailed

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator


class GuardedTransport(httpx.BaseTransport):
    """httpx on top of httpcore with our own way to connect, and no proxies.

    `is_trusted` lets it connect to private addresses, too.
    """

    def __init__(self, *, deadline: float, is_trusted: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=2,
            network_backend=_GuardedBackend(deadline=deadline, is_trusted=is_trusted),
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
        addresses = resolve_in_time(host, port, seconds=self._deadline - time.monotonic())
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


class _GuardedStream(httpcore.NetworkStream):
    """A stream on which every single operation also ends at the deadline of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def _time_left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._time_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._time_left(timeout))
        return _GuardedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
