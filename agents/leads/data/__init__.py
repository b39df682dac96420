"""What leads are compared with and made up of: places, trades, names, column headings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def read_data(name: str) -> dict[str, Any]:
    """The tables of `name`.toml, in the order in which they stand there."""
    text = (Path(__file__).parent / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)
