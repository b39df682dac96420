"""A name that leads into a private network is refused, however it is spelled."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from hossagent.lib.http import addresses, is_public_address
from tests.helpers.fetching import LIMITS, refused


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://0/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://172.16.3.4/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://192.0.0.37/",
        "http://192.88.99.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b:1::1]/",
        "http://[2001::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[3fff:fff::1]/",
        "http://[fec0::1]/",
        "http://[::7f00:1]/",
        "http://240.0.0.1/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd12:3456::1]/",
        "http://[ff02::1]/",
        "https://127.0.0.1/",
    ],
)
def test_private_addresses_in_any_spelling_are_refused(url: str) -> None:
    assert refused(url) == "address"


def test_one_private_answer_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "resolve", lambda *_: ["93.184.216.34", "10.0.0.1"])

    assert refused("http://open.com/") == "address"


def test_an_unknown_name_and_a_silent_resolver_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses, "resolve", unknown)
    assert refused("http://nowhere.com/") == "dns"

    def silent(*_: object) -> list[str]:
        time.sleep(0.5)
        return []

    monkeypatch.setattr(addresses, "resolve", silent)
    assert refused("http://slow.com/", limits=replace(LIMITS, seconds=0.1)) == "timeout"


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public_address(address)
