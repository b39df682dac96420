"""How often something may be asked for, counted in the shared cache."""

from __future__ import annotations

from django.core.cache import cache


def is_over(name: str, key: object, *, limit: int, seconds: int) -> bool:
    """Count one more use of `name` by `key`; True when that is above `limit`.

    The count starts with the first use and is forgotten `seconds` after it. The cache
    may forget sooner, so this slows people down and guards nothing.
    """
    slot = f"limit:{name}:{key}"
    if cache.add(slot, 1, timeout=seconds):
        return limit < 1
    try:
        return cache.incr(slot) > limit
    except ValueError:  # it ran out between the two calls
        return False
