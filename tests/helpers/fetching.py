"""Fetching something that is refused, in as few words as a test needs."""

from __future__ import annotations

from typing import Any

import pytest

from hossagent.lib.http import FetchFailed, Limits, fetch

LIMITS = Limits(seconds=0.5, bytes=10_000, redirects=2)


def refused(url: str, *, limits: Limits = LIMITS, **options: Any) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, limits=limits, **options)
    assert str(caught.value)
    return caught.value.code
