"""How often something may be asked for."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from hossagent.lib.limits import is_over


def test_the_limit_is_per_name_and_key() -> None:
    used = [is_over("login", "ada", limit=2, seconds=60) for _ in range(3)]

    assert used == [False, False, True]
    assert not is_over("login", "grace", limit=2, seconds=60)
    assert not is_over("signup", "ada", limit=2, seconds=60)


def test_a_limit_of_zero_allows_nothing() -> None:
    assert is_over("login", "ada", limit=0, seconds=60)


def test_a_count_that_runs_out_while_it_is_raised_slows_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_over("login", "ada", limit=1, seconds=60)
    # Another process holds the slot at the first call and lets it go before the second.
    monkeypatch.setattr(cache, "add", lambda *args, **kwargs: False)
    cache.clear()

    assert not is_over("login", "ada", limit=1, seconds=60)
