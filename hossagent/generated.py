"""Files that are made from code: written by a command, compared by a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from hossagent.config import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_or_check(files: Mapping[str, str], *, check: bool) -> list[str]:
    """Write each path under the project's folder, or with `check` only compare.

    Returns the paths that differed. Raises `CommandError` when a check finds any.
    """
    stale = []
    for name, text in files.items():
        path = BASE_DIR / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        raise CommandError(f"Out of step with the code: {', '.join(stale)}. Run `make docs`.")
    return stale
