"""robots.txt (RFC 9309): which addresses of a site a program may ask for. Pure.

The standard library's reader takes the first rule that matches instead of the longest,
knows no `*` and no `$`, and raises on some of what strangers write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_PRODUCT = re.compile(r"[a-z_-]+|\*")


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for one program: is it allowed, and the pattern of paths. None allow all."""

    rules: tuple[tuple[bool, str], ...] = ()

    def allows(self, url: str) -> bool:
        """The longest pattern decides; of two as long, the one that allows."""
        parts = urlsplit(url)
        path = unquote(f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/")
        found = [(len(rule), is_allowed) for is_allowed, rule in self.rules if _fits(rule, path)]
        return max(found, default=(0, True))[1]


def read_robots(text: str, *, product: str) -> Robots:
    """The rules of every group that names `product`; without one, of those for all."""
    own = product.lower()
    groups: dict[str, list[tuple[bool, str]]] = {}
    group: set[str] = set()
    is_naming = False
    for line in text.removeprefix("\ufeff").splitlines():
        field, _, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if field == "user-agent":
            group = group if is_naming else set()
            is_naming = True
            named = _PRODUCT.match(value.lower())
            if named and named[0] in {own, "*"}:
                group.add(named[0])
                groups.setdefault(named[0], [])
        elif field in {"allow", "disallow"}:
            is_naming = False
            if value:  # an empty one says nothing
                for name in group:
                    groups[name].append((field == "allow", value))
    return Robots(tuple(groups.get(own, groups.get("*", ()))))


def _fits(pattern: str, path: str) -> bool:
    """`*` is any text, a `$` at the end the end. Never goes back: strangers write patterns."""
    first, *others = map(unquote, pattern.removesuffix("$").split("*"))
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in others:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not pattern.endswith("$"):
        return True
    return path.endswith(others[-1]) if others else at == len(path)
