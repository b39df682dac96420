"""Who is asking: the client's address behind a known number of our own proxies."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 # a placeholder for "no address", not a bind


def _address(text: str) -> str:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return UNKNOWN


def pick_address(*, remote: str, forwarded: str, proxies: int) -> str:
    """The address that the outermost of our `proxies` saw.

    Each proxy appends the address it was called from to X-Forwarded-For, so the entry
    to trust is counted from the right; what is further left, the client may have made up.
    With fewer entries than proxies nothing can be trusted but the connection itself.
    """
    if not proxies:
        return _address(remote)
    hops = [hop for hop in forwarded.split(",") if hop.strip()]
    return _address(hops[-proxies]) if len(hops) >= proxies else _address(remote)


def client_ip(request: HttpRequest) -> str:
    """The client's address, normalised; `0.0.0.0` where there is none (a Unix socket)."""
    return pick_address(
        remote=request.META.get("REMOTE_ADDR", ""),
        forwarded=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.CONFIG.TRUSTED_PROXY_COUNT,
    )


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def describe_browser(request: HttpRequest) -> str:
    """`Firefox on Linux`: for a mail that says who asked. Never the raw header."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    browser = browser or ("Safari" if "Safari" in agent else "a browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser
