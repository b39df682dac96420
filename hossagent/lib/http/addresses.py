"""Where a host name leads, and whether that is on the open internet."""

from __future__ import annotations

import ipaddress
import socket
from queue import Empty, Queue
from threading import Thread

from hossagent.lib.http.errors import FetchFailed

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


def is_public_address(address: str) -> bool:
    """True for an address that belongs to the open internet, in either family."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in _NEVER if network.version == ip.version)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name (or of a literal in whatever spelling), as the system says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_in_time(host: str, port: int, *, seconds: float) -> list[str]:
    """The same within `seconds`. Raises `FetchFailed` with `timeout` or `dns`.

    The system's resolver has no time limit, so it gets a thread of its own, which is
    abandoned when the time is over.
    """
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
