"""robots.txt as RFC 9309 reads it, and as strangers write it."""

from __future__ import annotations

import time
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.leads.website.robots import Robots
from hossagent.lib.http import Answer, Limits


def allows(text: str, path: str) -> bool:
    def fetch(url: str, *, limits: Limits) -> Answer:
        return Answer(200, url, text.encode("utf-8", "replace"))

    return Robots(fetch).allow(urljoin("https://cedar.com", path))


@pytest.mark.parametrize(
    ("rule", "path", "is_allowed"),
    [
        ("/secret/", "/secret/about", False),
        ("/secret/", "/secret", True),
        ("/", "", False),
        ("", "/about", True),
        ("/*about", "/our/about-us", False),
        ("/*about", "/contact", True),
        ("/*/a/*/b", "/1/a/2/b", False),
        ("/*/a/*/b", "/1/b/2/a", True),
        ("/about$", "/about", False),
        ("/about$", "/about-us", True),
        ("/*.php$", "/about.php.php", False),
        ("/*.php$", "/about.php5", True),
        ("/*?lang=", "/about?lang=de", False),
        ("/*?lang=", "/about", True),
        ("/%C3%BCber", "/über", False),
        ("/über", "/%C3%BCber", False),
        ("secret", "/secret", True),
        ("http://[x", "/about", True),
    ],
)
def test_a_rule_covers_the_paths_that_begin_like_it(
    rule: str, path: str, *, is_allowed: bool
) -> None:
    assert allows(f"User-agent: *\nDisallow: {rule}", path) is is_allowed


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        ("Allow: /\nDisallow: /team", False),
        ("Disallow: /\nAllow: /team", True),
        ("Disallow: /team\nAllow: /team", True),
        ("Allow: /*team\nDisallow: /team", True),
    ],
)
def test_the_longest_rule_decides(rules: str, *, is_allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}", "/team") is is_allowed


@pytest.mark.parametrize(
    ("text", "path", "is_allowed"),
    [
        ("", "/", True),
        ("<html>Not found</html>", "/a", True),
        ("Disallow: /", "/a", True),
        ("User-agent: Other\nDisallow: /", "/a", True),
        ("\ufeffUSER-AGENT : * # all\n\n  disallow:/a#b\r\nAllow: /c", "/a", False),
        # A group of one's own is the only one that counts, though it forbids nothing.
        ("User-agent: *\nDisallow: /\nUser-agent: hossagent\nDisallow:", "/a", True),
        ("User-agent: HossAgent/1.0\nDisallow: /a", "/a", False),
        # Several names head one group, several groups of one name are one.
        ("User-agent: Other\nUser-agent: HossAgent\nDisallow: /a", "/a", False),
        ("User-agent: HossAgent\nAllow: /a\nUser-agent: X\nDisallow: /b", "/b", True),
        (
            "User-agent: HossAgent\nAllow: /a\nUser-agent: X\nUser-agent: HossAgent\nDisallow: /c",
            "/c",
            False,
        ),
        # What is not of the standard says nothing.
        ("User-agent: *\nCrawl-delay: ²\nSitemap: x\nDisallow: /a", "/a", False),
        ("User-agent: *\nRequest-rate: x/y\nVisit-time: z\nDisallow: /a", "/a", False),
        ("User-agent: 7\nDisallow: /", "/a", True),
    ],
)
def test_the_group_that_names_us_counts_else_the_one_for_all(
    text: str, path: str, *, is_allowed: bool
) -> None:
    assert allows(text, path) is is_allowed


LINES = st.sampled_from(
    ["User-agent: *", "Disallow: /a*$", "Allow:", "Crawl-delay: ", "Sitemap: http://[", "Host:"]
)


@given(text=st.lists(st.text(max_size=20) | LINES, max_size=20).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_nothing_that_a_stranger_writes_raises(text: str) -> None:
    assert allows(text, "/a") in {True, False}


def test_a_pattern_made_to_take_long_takes_no_time() -> None:
    started = time.process_time()

    assert allows(f"User-agent: *\nDisallow: /{'*a' * 5_000}b$", f"/{'a' * 20_000}")
    assert time.process_time() - started < 3
