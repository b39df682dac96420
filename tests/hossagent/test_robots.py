"""robots.txt as RFC 9309 reads it."""

from __future__ import annotations

import time

import pytest

from hossagent.lib.robots import Robots, read_robots


def allows(text: str, path: str) -> bool:
    return read_robots(text, product="HossAgent").allows(f"https://cedar.com{path}")


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
    ("text", "rules"),
    [
        ("", ()),
        ("<html>Not found</html>", ()),
        ("Disallow: /", ()),
        ("User-agent: Other\nDisallow: /", ()),
        ("User-agent: Hoss\nDisallow: /", ()),
        ("User-agent: *\nDisallow: /a", ((False, "/a"),)),
        (
            "\ufeffUSER-AGENT : * # all\n\n  disallow:/a#b\r\nAllow: /c",
            ((False, "/a"), (True, "/c")),
        ),
        # A group of one's own is the only one that counts, though it forbids nothing.
        ("User-agent: *\nDisallow: /\nUser-agent: hossagent\nDisallow:", ()),
        ("User-agent: HossAgent/2.0\nDisallow: /a", ((False, "/a"),)),
        # Several names head one group, several groups of one name are one.
        ("User-agent: Other\nUser-agent: HossAgent\nDisallow: /a", ((False, "/a"),)),
        (
            "User-agent: HossAgent\nAllow: /a\nUser-agent: X\nAllow: /b\nUser-agent: HossAgent\nAllow: /c",
            ((True, "/a"), (True, "/c")),
        ),
        # What is not of the standard says nothing.
        ("User-agent: *\nCrawl-delay: ²\nSitemap: x\nDisallow: /a", ((False, "/a"),)),
        ("User-agent: 7\nDisallow: /", ()),
    ],
)
def test_the_group_that_names_us_counts_else_the_one_for_all(
    text: str, rules: tuple[tuple[bool, str], ...]
) -> None:
    assert read_robots(text, product="HossAgent") == Robots(rules)


def test_a_pattern_made_to_take_long_takes_no_time() -> None:
    started = time.monotonic()

    assert allows(f"User-agent: *\nDisallow: /{'*a' * 5_000}b$", f"/{'a' * 20_000}")
    assert time.monotonic() - started < 1
