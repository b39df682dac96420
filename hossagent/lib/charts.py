"""Geometry of the pictures drawn on the server; templates turn it into SVG.

Every picture is 600 units wide, names itself with a sentence, and carries its numbers so
that a table can say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 600
ROW = 52
BAR = 22
PLOT_HEIGHT = 120
GAP = 0.35


@dataclass(frozen=True, slots=True)
class Step:
    """One number of a funnel; `url` opens the rows that were counted."""

    label: str
    value: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class FunnelBar:
    label: str
    value: int
    url: str
    y: int
    text_y: int
    width: int


@dataclass(frozen=True, slots=True)
class Funnel:
    title: str
    description: str
    height: int
    bar_height: int
    bars: tuple[FunnelBar, ...]


def _share(value: int, largest: int, length: int) -> int:
    """`value` in units of `length`; anything above zero stays visible."""
    if value <= 0 or largest <= 0:
        return 0
    return max(round(length * value / largest), 2)


def funnel(title: str, steps: Sequence[Step]) -> Funnel:
    """Horizontal bars, one below the other, the largest as wide as the picture."""
    largest = max((step.value for step in steps), default=0)
    bars = tuple(
        FunnelBar(
            label=step.label,
            value=step.value,
            url=step.url,
            y=index * ROW + 22,
            text_y=index * ROW + 15,
            width=_share(step.value, largest, WIDTH),
        )
        for index, step in enumerate(steps)
    )
    description = ", ".join(f"{step.label.lower()} {step.value:,}" for step in steps)
    return Funnel(title, f"{title}: {description}.", len(bars) * ROW, BAR, bars)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, drawn in the color of the CSS class `chart-<tone>`."""

    label: str
    tone: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    x: float
    y: int
    width: float
    height: int
    tone: str


@dataclass(frozen=True, slots=True)
class ColumnLabel:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    title: str
    description: str
    height: int
    baseline: int
    columns: tuple[Column, ...]
    labels: tuple[ColumnLabel, ...]
    series: tuple[Series, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    largest: int


def columns(title: str, labels: Sequence[str], series: Sequence[Series]) -> Columns:
    """Upright bars in groups, one group per label."""
    largest = max((value for line in series for value in line.values), default=0)
    group = WIDTH / max(len(labels), 1)
    width = group * (1 - GAP) / max(len(series), 1)
    drawn = tuple(
        Column(
            x=round(index * group + group * GAP / 2 + place * width, 1),
            y=PLOT_HEIGHT + 20 - _share(value, largest, PLOT_HEIGHT),
            width=round(width * 0.9, 1),
            height=_share(value, largest, PLOT_HEIGHT),
            tone=line.tone,
        )
        for place, line in enumerate(series)
        for index, value in enumerate(line.values)
    )
    totals = ", ".join(f"{line.label.lower()} {sum(line.values):,}" for line in series)
    return Columns(
        title=title,
        description=f"{title}, {labels[0]} to {labels[-1]}: {totals}." if labels else title,
        height=PLOT_HEIGHT + 46,
        baseline=PLOT_HEIGHT + 20,
        columns=drawn,
        labels=tuple(
            ColumnLabel(round(index * group + group / 2, 1), label)
            for index, label in enumerate(labels)
        ),
        series=tuple(series),
        rows=tuple(
            (label, tuple(line.values[index] for line in series))
            for index, label in enumerate(labels)
        ),
        largest=largest,
    )


@dataclass(frozen=True, slots=True)
class Meter:
    title: str
    description: str
    width: int
    tone: str


def meter(title: str, *, used: int, limit: int | None, unit: str, is_over: bool = False) -> Meter:
    """One bar of what is used; without a limit the bar stays empty and says so. Of a plan
    that `is_over` nothing but the number is left to say."""
    if is_over:
        return Meter(title, f"{used:,} so far.", 0, "bar-go")
    if limit is None:
        return Meter(title, f"{used:,} {unit} used, no limit on your plan.", 0, "bar-go")
    tone = "bar-stop" if used >= limit else "bar-go"
    return Meter(
        title, f"{used:,} of {limit:,} {unit} used.", _share(min(used, limit), limit, WIDTH), tone
    )
