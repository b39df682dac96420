"""Dates as people write them in replies: "until 12 March", "zurück am 3.8.", "in two weeks"."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from agents.inbox.classify.calendar_words import AMBIGUOUS, COUNTS, MONTHS, UNITS, WEEKDAYS

_MONTH_WORD = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_WEEKDAY_WORD = "|".join(sorted(map(re.escape, WEEKDAYS), key=len, reverse=True))
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(20\d\d|\d\d)(?!\d))?(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d|\d\d))?(?![\d/])")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?\s*(?:of\s+|de\s+|d')?({_MONTH_WORD})\b\.?"
    rf"(?:,?\s*(?:de\s+|del\s+)?(20\d\d)\b)?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b({_MONTH_WORD})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,?\s*(20\d\d)\b)?",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    r"\b(?:(early|mid|middle of|late|end of|the end of|beginning of|"
    r"ende|anfang|fin|début|finales de|fine)[\s-]+)?"
    r"(?:in|until|after|by|from|to|of|im|ab|nach|bis|en|dès|après|a|em|in|"
    r"around|come|next|this|för)?\s*"
    rf"\b({_MONTH_WORD})\b(?:\s+(20\d\d))?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    rf"\b(next |nächsten |kommenden )?({_WEEKDAY_WORD})\b( prochain)?", re.IGNORECASE
)
_AFTER_COUNT = re.compile(
    r"\b(?:in|for|within|after|next|another|für|nach|dans|pour|en|dentro de|durante|tra|fra|per|"
    r"over)?\s*(?:about |around |ca\. |the |next |una? |einem? |past )?(?:a )?"
    rf"(\d{{1,2}}|{'|'.join(COUNTS)})\s+(?:of )?(?:more )?(?:business |working )?"
    rf"({'|'.join(sorted(UNITS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_QUARTER = re.compile(r"\bq([1-4])(?:\s*[/']?\s*(20\d\d))?\b|\bquarter\s+([1-4])\b", re.IGNORECASE)
_HALF = re.compile(r"\b(?:h([12])|(first|second) half)\b", re.IGNORECASE)
_HORIZON = timedelta(days=400)


def find_dates(text: str, *, today: date) -> list[tuple[int, date]]:
    """Every future date that `text` names, as (position, date), in reading order.

    A date without a year is its next occurrence. Where day and month could be either
    way round (03/04) the later reading counts if it is within four months.
    """
    found: dict[int, date] = {}
    taken: list[tuple[int, int]] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text[:20_000]):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if pattern is _WEEKDAY and (start := _date_just_after(match, taken)) is not None:
                found[match.start()] = found.pop(start)  # "Friday, March 13": one date
                continue
            day = read(match, today)
            if day is not None and today <= day <= today + _HORIZON:
                found[match.start()] = day
                taken.append(match.span())
    return sorted(found.items())


def _date_just_after(match: re.Match[str], taken: list[tuple[int, int]]) -> int | None:
    near = range(match.end(), match.end() + 8)
    return next((start for start, _ in taken if start in near), None)


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(month: int, day: int, today: date, year: str | None = None) -> date | None:
    if year:
        return _make(2000 + int(year) % 100, month, day)
    this_year = _make(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    return _make(today.year + 1, month, day)


def _iso(match: re.Match[str], today: date) -> date | None:
    return _make(int(match[1]), int(match[2]), int(match[3]))


def _dotted(match: re.Match[str], today: date) -> date | None:
    return _next(int(match[2]), int(match[1]), today, match[3])


def _slashed(match: re.Match[str], today: date) -> date | None:
    first, second = int(match[1]), int(match[2])
    readings = [
        day
        for day in (
            _next(first, second, today, match[3]),
            _next(second, first, today, match[3]),
        )
        if day is not None and day >= today
    ]
    if not readings:
        return None
    near = [day for day in readings if day <= today + timedelta(days=120)]
    return max(near) if near else min(readings)


def _day_month(match: re.Match[str], today: date) -> date | None:
    return _next(MONTHS[match[2].lower()], int(match[1]), today, match[3])


def _month_day(match: re.Match[str], today: date) -> date | None:
    return _next(MONTHS[match[1].lower()], int(match[2]), today, match[3])


def _month_alone(match: re.Match[str], today: date) -> date | None:
    word = match[2].lower()
    if word in AMBIGUOUS and not (match[2][0].isupper() and match[0].strip() != match[2]):
        return None
    month, part = MONTHS[word], (match[1] or "").lower()
    year = int(match[3]) if match[3] else today.year + (month < today.month)
    if part in {"mid", "middle of"}:
        return _make(year, month, 15)
    if part in {"late", "end of", "the end of", "ende", "fin", "finales de", "fine"}:
        return _make(year, month, calendar.monthrange(year, month)[1])
    if not match[3] and month == today.month:
        return _make(today.year + 1, month, 1)
    return _make(year, month, 1)


def _weekday(match: re.Match[str], today: date) -> date | None:
    ahead = (WEEKDAYS[match[2].lower()] - today.weekday()) % 7 or 7
    return today + timedelta(days=ahead)


def _after_count(match: re.Match[str], today: date) -> date | None:
    word = match[1].lower()
    number = int(word) if word.isdigit() else COUNTS[word]
    return today + timedelta(days=number * UNITS[match[2].lower()])


def _quarter(match: re.Match[str], today: date) -> date | None:
    month = 3 * int(match[1] or match[3]) - 2
    year = int(match[2]) if match[2] else today.year + (month <= today.month)
    return _make(year, month, 1)


def _half(match: re.Match[str], today: date) -> date | None:
    is_second = match[1] == "2" or (match[2] or "").lower() == "second"
    return _next(7 if is_second else 1, 1, today)


def _tomorrow(match: re.Match[str], today: date) -> date | None:
    return today + timedelta(days=1)


def _next_week(match: re.Match[str], today: date) -> date | None:
    return today + timedelta(days=7 - today.weekday())


def _next_month(match: re.Match[str], today: date) -> date | None:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _next_quarter(match: re.Match[str], today: date) -> date | None:
    years, month = divmod((today.month - 1) // 3 * 3 + 3, 12)
    return date(today.year + years, month + 1, 1)


def _new_year(match: re.Match[str], today: date) -> date | None:
    return date(today.year + 1, 1, 7)


def _season(match: re.Match[str], today: date) -> date | None:
    word = match[2].lower()
    starts = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
    month = starts[word]
    if (match[1] or "").lower() == "after":
        month = (month + 2) % 12 + 1
    return _next(month, 1, today)


_READERS = (
    (_ISO, _iso),
    (_DAY_MONTH, _day_month),
    (_MONTH_DAY, _month_day),
    (_DOTTED, _dotted),
    (_SLASHED, _slashed),
    (
        re.compile(r"\b(?:tomorrow|morgen(?! früh)|demain|mañana|domani)\b", re.IGNORECASE),
        _tomorrow,
    ),
    (
        re.compile(
            r"\b(?:next week|nächste woche|la semaine prochaine|la próxima semana|volgende week)\b",
            re.IGNORECASE,
        ),
        _next_week,
    ),
    (
        re.compile(r"\b(?:next month|nächsten monat|le mois prochain|el próximo mes)\b", re.I),
        _next_month,
    ),
    (
        re.compile(r"\b(?:next quarter|nächste[sn]? quartal|prochain trimestre)\b", re.I),
        _next_quarter,
    ),
    (
        re.compile(
            r"\b(?:(?:in|into|after|until|early) (?:the )?new year|next year|nächstes jahr|"
            r"im neuen jahr|l'année prochaine|el próximo año|after (?:the )?holidays|"
            r"after christmas)\b",
            re.IGNORECASE,
        ),
        _new_year,
    ),
    (_QUARTER, _quarter),
    (_HALF, _half),
    (_AFTER_COUNT, _after_count),
    (
        re.compile(
            r"\b(?:(in|after|this|next|until|the) (?:the )?)(spring|summer|fall|autumn|winter)\b",
            re.I,
        ),
        _season,
    ),
    (_MONTH_ALONE, _month_alone),
    (_WEEKDAY, _weekday),
)
