"""What companies of a trade are called, who decides there and what they may need. Pure.

The raw material of fictional leads. A trade is found by its words in the customer's niche.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from agents.leads.data import read_data

# Of the signals that fit any company, a trade with signals of its own takes so many.
_GENERAL_SIGNALS_PER_TRADE = 3


@dataclass(frozen=True, slots=True)
class Signal:
    """A sentence without its subject, and the page on which it would be read."""

    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Trade:
    """`nouns` end the company's name, `kind` describes it, `signals` say why now."""

    words: tuple[str, ...]
    kind: str
    nouns: tuple[str, ...]
    titles: tuple[str, ...]
    signals: tuple[Signal, ...]


def _signals(table: dict[str, Any]) -> tuple[Signal, ...]:
    return tuple(Signal(signal["text"], signal["page"]) for signal in table["signals"])


_DATA = read_data("trades")
_GENERAL_TITLES: Final[tuple[str, ...]] = tuple(_DATA["general"]["titles"])
_GENERAL_SIGNALS: Final = _signals(_DATA["general"])
TRADES: Final = tuple(
    Trade(
        words=tuple(table["words"]),
        kind=table["kind"],
        nouns=tuple(table["nouns"]),
        titles=tuple(table["titles"]),
        signals=_signals(table),
    )
    for table in _DATA["trades"]
)


def trade_for(niche: str) -> Trade:
    """The first trade whose words the niche uses; else one made of the niche's own words."""
    text = f" {niche.lower()} "
    for trade in TRADES:
        if any(word in text for word in trade.words):
            general = _GENERAL_SIGNALS[:_GENERAL_SIGNALS_PER_TRADE]
            return replace(trade, signals=(*trade.signals, *general))
    name = " ".join(niche.split()).title()[:24].strip() or "Business"
    kind = f"company in {niche.strip().lower()[:60]}" if niche.strip() else "company"
    nouns = (name, f"{name} Partners", f"{name} Group")
    return Trade((), kind, nouns, _GENERAL_TITLES, _GENERAL_SIGNALS)
