"""The client's address behind our proxies, and the browser's name."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from hossagent.lib.client_ip import UNKNOWN, describe_browser, pick_address


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "expected"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        # No proxy of ours: the header is the client's invention.
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", 1, "198.51.100.1"),
        # The client wrote the left part; our proxy appended what it saw.
        ("10.0.0.2", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.1", 2, "198.51.100.1"),
        # Fewer hops than proxies: somebody reached us past the outer one.
        ("10.0.0.2", "198.51.100.1", 2, "10.0.0.2"),
        ("10.0.0.2", "", 1, "10.0.0.2"),
        ("10.0.0.2", "198.51.100.1:4711", 1, "198.51.100.1"),
        ("10.0.0.2", "[2001:db8::1]:443", 1, "2001:db8::1"),
        ("2001:DB8:0::1", "", 0, "2001:db8::1"),
        ("", "", 0, UNKNOWN),
        ("10.0.0.2", "nonsense", 1, UNKNOWN),
    ],
)
def test_the_address_our_outermost_proxy_saw(
    remote: str, forwarded: str, proxies: int, expected: str
) -> None:
    assert pick_address(remote=remote, forwarded=forwarded, proxies=proxies) == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/139.0 Safari/537.36 Edg/139.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("<script>alert(1)</script>", "a browser"),
        ("", "a browser"),
    ],
)
def test_a_browser_is_named_in_our_own_words(agent: str, expected: str) -> None:
    request = RequestFactory(headers={"user-agent": agent}).get("/")

    assert describe_browser(request) == expected
