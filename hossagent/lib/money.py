"""Money is integer cents (or millionths of a dollar for measured costs), never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MICROS_PER_CENT = 10_000
MICROS_PER_DOLLAR = 1_000_000


def dollars_to_micros(dollars: Decimal) -> int:
    """Millionths of a dollar, rounded half up."""
    return int((dollars * MICROS_PER_DOLLAR).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_cents(cents: int) -> str:
    """`123456` → `$1,234.56`; negative amounts carry a leading minus."""
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}${dollars:,}.{rest:02d}"


def format_micros(micros: int) -> str:
    """Millionths of a dollar to four decimals: `12345` → `$0.0123`."""
    sign = "-" if micros < 0 else ""
    tenths_of_cents = abs(micros) // 100
    dollars, rest = divmod(tenths_of_cents, 10_000)
    return f"{sign}${dollars:,}.{rest:04d}"
