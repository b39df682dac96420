"""The addresses and facts that a page shows. None is put together from a name and a domain."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.leads.website.pages import PageContent

_IN_TEXT = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# Whose address stands with an organization's own (schema.org): its desks and its people.
_HOLDERS = ("contactPoint", "employee", "founder")


def addresses_on(content: PageContent, items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """What looks like an address: as a link, in `items` (the page's JSON-LD), as text."""
    yield from content.mails
    for item in items:
        for holder in (item, *(one for name in _HOLDERS for one in _listed(item.get(name)))):
            emails = _listed(holder.get("email")) if isinstance(holder, dict) else []
            yield from (one.removeprefix("mailto:") for one in emails if isinstance(one, str))
    for text in content.texts:
        if "@" in text:
            yield from _IN_TEXT.findall(text)


def _listed(value: Any) -> list[Any]:
    """JSON-LD writes one value without the list around it."""
    return value if isinstance(value, list) else [value]


def facts_on(
    content: PageContent, items: Iterable[dict[str, Any]], *, company: str
) -> Iterator[str]:
    """What the page says about the company, as sentences."""
    described = single_line(content.description, 200).rstrip(".")
    if described:
        yield f"{company} says of itself: {described}."
    for item in items:
        founded = str(item.get("foundingDate", ""))[:4]
        if founded.isdecimal():
            yield f"{company} was founded in {founded}."
        address = item.get("address")
        town = address.get("addressLocality") if isinstance(address, dict) else None
        if isinstance(town, str) and town.strip():
            yield f"{company} is in {single_line(town, 80)}."


def json_ld_items(blocks: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, nested ones of `@graph` included."""
    for block in blocks:
        try:
            found = json.loads(block)
        except (ValueError, RecursionError):
            continue
        waiting = [found]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                yield value
                waiting.append(value.get("@graph"))
