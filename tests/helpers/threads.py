"""Real concurrency in tests: callers that start together, and a place where they meet."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


WORKERS = 8


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each of `works` in a thread of its own, all from the same moment; what each
    returned or raised, in their order."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = work()
        except Exception as error:  # noqa: BLE001 # the test looks at it
            results[number] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(number, work)) for number, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def crew(work: Callable[[], Any], *, workers: int = WORKERS) -> list[Any]:
    """What each of the workers returned, all let go at the same moment. Raises what one of
    them raised."""
    results = together(*[work] * workers)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def names(results: list[Any]) -> list[str]:
    """What became of each, sorted: the exception's name, or "done"."""
    return sorted(
        type(result).__name__ if isinstance(result, Exception) else "done" for result in results
    )


def meet(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, *, parties: int = 2, after: bool = False
) -> None:
    """From now on the callers of `where.name` wait for each other before they enter it
    (`after`: before they leave it), but not for long: whom a lock keeps away does not come,
    and the one inside goes on alone. Without the lock all are there at the same time."""
    barrier = threading.Barrier(parties)
    original = getattr(where, name)

    def wait() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(0.5)

    def meeting(*args: Any, **kwargs: Any) -> Any:
        if not after:
            wait()
        result = original(*args, **kwargs)
        if after:
            wait()
        return result

    monkeypatch.setattr(where, name, meeting)
