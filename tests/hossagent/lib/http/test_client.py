"""Fetching follows redirects like first addresses, and ends in time and size."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from hossagent.lib.http import Answer, fetch
from tests.helpers.fetching import LIMITS, refused


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://open.com/", "scheme"),
        ("gopher://open.com/", "scheme"),
        ("data:text/html,hi", "scheme"),
        ("//open.com/", "scheme"),
        ("open.com", "scheme"),
        ("http://", "scheme"),
        ("http://[::1", "scheme"),
        ("http://user:pass@open.com/", "scheme"),
        ("http://open.com:22/", "port"),
        ("http://open.com:6379/", "port"),
        ("http://open.com:99999/", "port"),
        ("http://0177.0.0.1/", "scheme"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str, code: str) -> None:
    assert refused(url) == code


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/",
        "http://inner.com/",
        "http://[::1]/",
        "//169.254.169.254/",
    ],
)
def test_a_redirect_into_a_private_network_is_refused(open_web: str, target: str) -> None:
    assert refused(f"{open_web}/redirect?{target}") == "address"


@pytest.mark.parametrize(
    ("target", "code"),
    [("file:///etc/passwd", "scheme"), ("http://open.com:22/", "port"), ("/loop", "redirects")],
)
def test_a_redirect_is_checked_like_a_first_address(open_web: str, target: str, code: str) -> None:
    assert refused(f"{open_web}/redirect?{target}") == code


def test_a_page_is_read_and_decoded(open_web: str) -> None:
    answer = fetch(f"{open_web}/redirect?/page", limits=LIMITS)

    assert (answer.status, answer.text, answer.content_type) == (200, "Grüße", "text/html")
    assert answer.url == f"{open_web}/page"


@pytest.mark.parametrize("charset", ["latin-1", "no-such", "idna", "undefined", "base64"])
def test_no_charset_that_a_page_names_is_an_error(charset: str) -> None:
    header = {"content-type": f"text/html; charset={charset}"}
    answer = Answer(200, "http://open.com/", b"Gr\xfc\xdfe", "text/html", header)

    assert answer.text == ("Grüße" if charset == "latin-1" else "Gr\ufffd\ufffde")


def test_a_key_is_not_sent_on_to_another_host(open_web: str, site: Any) -> None:
    other = f"http://127.0.0.1:{site.server_port}/page"

    fetch(f"{open_web}/redirect?{other}", limits=LIMITS, headers={"Authorization": "Bearer k"})

    assert [headers.get("Authorization") for _, headers in site.seen] == ["Bearer k", None]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/big", "too_large"),
        ("/slow-head", "timeout"),
        ("/slow-body", "timeout"),
        ("/gzip", "wrong_type"),
        ("/nonsense", "protocol"),
    ],
)
def test_size_time_and_form_are_limited(open_web: str, path: str, code: str) -> None:
    started = time.monotonic()

    assert refused(f"{open_web}{path}") == code
    assert time.monotonic() - started < 1.5


def test_an_answer_may_be_as_large_as_the_limit(open_web: str) -> None:
    assert len(fetch(f"{open_web}/big", limits=replace(LIMITS, bytes=20_000)).body) == 20_000
    assert refused(f"{open_web}/big", limits=replace(LIMITS, bytes=19_999)) == "too_large"


def test_as_many_redirects_as_the_limit_are_followed(open_web: str) -> None:
    assert fetch(f"{open_web}/redirect?/redirect?/page", limits=LIMITS).status == 200
    assert refused(f"{open_web}/redirect?/redirect?/redirect?/page") == "redirects"


def test_the_time_is_for_all_redirects_together(open_web: str) -> None:
    started = time.monotonic()

    assert refused(f"{open_web}/late?/silent", limits=replace(LIMITS, seconds=2.0)) == "timeout"
    # With the whole time for the second address it would be three and a half.
    assert 1.8 < time.monotonic() - started < 3.3


def test_the_type_is_limited_of_what_is_to_be_read(open_web: str) -> None:
    limits = replace(LIMITS, content_types=("application/json",))

    assert refused(f"{open_web}/page", limits=limits) == "wrong_type"
    # An error is told by its status, whatever its page looks like.
    missing = fetch(f"{open_web}/missing", limits=limits)
    assert (missing.status, missing.text) == (404, "No such page")


def test_no_proxy_of_the_environment_is_asked(
    open_web: str, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{site.server_port}/")

    assert fetch(f"{open_web}/page", limits=LIMITS).status == 200

    ((path, headers),) = site.seen
    assert path == "/page"
    assert (headers["User-Agent"], headers["Accept-Encoding"]) == ("HossAgent/1.0", "identity")


def test_a_trusted_address_may_be_private_without_redirects(site: Any) -> None:
    base = f"http://127.0.0.1:{site.server_port}"

    assert fetch(f"{base}/page", limits=LIMITS, is_trusted=True).status == 200
    assert refused(f"{base}/redirect?{base}/page", is_trusted=True) == "redirects"
