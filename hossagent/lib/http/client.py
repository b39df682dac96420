"""Ask one web address and read the whole answer, within limits."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import httpx

from hossagent.lib.http.connections import GuardedTransport
from hossagent.lib.http.errors import FetchFailed, translate, translate_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping

USER_AGENT = "HossAgent/1.0"
PUBLIC_PORTS = (80, 443)


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
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    with httpx.Client(
        transport=GuardedTransport(deadline=deadline, is_trusted=is_trusted),
        trust_env=False,
        timeout=limits.seconds,
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
            response = translate(partial(client.send, request, stream=True))
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
    for chunk in translate_chunks(response.iter_raw()):
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
