"""What never gets into a log: the secrets of addresses, headers and values.

`plain` makes of any value one that fits into a line of JSON and says no secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, time
from enum import Enum

# Deeper than anything that is logged on purpose.
_DEEPEST = 6
# Python refuses to write longer numbers in decimal (sys.set_int_max_str_digits).
_LONGEST_INT_BITS = 1024

_SLASH = r"(/|%(?:25)*2F)"
# `/`, `?`, `&` and `#`, behind their percent sign.
_END = "(?:25)*(?:2F|3F|26|23)"
_EQUALS = r"(?:=|%(?:25)*3D)"
# `code` and `state` are also ends of harmless names, such as `status_code`.
_NAME = (
    r"(?:token|key|secret|passw(?:or)?d|signature|session_?id|authorization|cookie|\bcode|\bstate)"
)
# A path segment that only a machine would write: view tokens, sign-in and opt-out links.
# Any character may be written as %XX, and the page is found all the same.
_SEGMENT = re.compile(rf"(?i){_SLASH}(?:[\w:=.~-]|%(?!{_END})[0-9A-F]{{2}}){{20,}}")
_VALUE = re.compile(rf"""(?i)({_NAME}{_EQUALS})(?:"[^"]*"|'[^']*'|(?:(?!%(?:25)*26)[^&\s"'])+)""")
# `"api_key": "..."` of JSON and of Python, also inside a text that escapes its quotes.
_QUOTED = re.compile(rf"""(?i)({_NAME}\\?["']\s*:\s*b?(\\?["']))(?:(?!\2)(?:\\.|.))*""")
_NUMBER = re.compile(rf"""(?i)({_NAME}\\?["']\s*:\s*)\d+""")
_SCHEME = re.compile(r"""(?i)\b(Bearer|Basic)(\s+|%20|\+)[^\s"',;&]+""")
# The lines of a traceback that name files, whose names are long but no secrets.
_FILE_LINE = re.compile(r'[\s|]+File "[^"]+", line \d+, in [\w.<>]+')
_SECRET_FIELD = re.compile(r"(?i).*(token|secret|password|api_?key|authorization|cookie)")


def hide_tokens(text: str) -> str:
    """`/portal/3vW…` → `/portal/...`, `?code=12` → `?code=...`, `Bearer x` → `Bearer ...`."""
    text = _SCHEME.sub(r"\1\2...", text)
    text = _QUOTED.sub(r"\1...", text)
    text = _NUMBER.sub(r"\1...", text)
    return _SEGMENT.sub(r"\1...", _VALUE.sub(r"\1...", text))


def hide_in_trace(text: str) -> str:
    """The same for a traceback, which goes on naming its files."""
    return "\n".join(
        line if _FILE_LINE.fullmatch(line) else hide_tokens(line) for line in text.split("\n")
    )


def plain_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """What JSON can say of `fields`, without secrets."""
    return {name: _under(name, value, ()) for name, value in fields.items()}


def _under(name: str, value: object, outer: tuple[int, ...]) -> object:
    if isinstance(value, str) and _SECRET_FIELD.fullmatch(name):
        return "..."
    return _plain(value, outer)


def _plain(value: object, outer: tuple[int, ...]) -> object:
    """`outer` are the containers around it; one that is inside itself would have no end."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _container(value, outer)
    return hide_tokens(_words(value))


def _number(value: float) -> object:
    """NaN, infinity and endless numbers are no JSON (RFC 8259, section 6)."""
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _LONGEST_INT_BITS else hex(value)
    return float(value) if math.isfinite(value) else str(value)


def _container(
    value: Mapping[object, object]
    | list[object]
    | tuple[object, ...]
    | set[object]
    | frozenset[object],
    outer: tuple[int, ...],
) -> object:
    if id(value) in outer or len(outer) >= _DEEPEST:
        return "(...)"
    inside = (*outer, id(value))
    if isinstance(value, Mapping):
        named = ((hide_tokens(_words(key)), one) for key, one in value.items())
        return {name: _under(name, one, inside) for name, one in named}
    return [_plain(one, inside) for one in value]


def _words(value: object) -> str:
    """Also of an object that fails to describe itself."""
    try:
        return value.isoformat() if isinstance(value, date | time) else str(value)
    except Exception:  # noqa: BLE001 # anybody's code
        return f"<{type(value).__name__}>"
