"""Saves the pretend Stripe's state to a file, so that it survives a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from billing.dev.api import Api


def save_state(api: Api, path: Path) -> None:
    world = api.world
    state = {
        "objects": world.objects,
        "secrets": world.secrets,
        "declined": sorted(world.declined),
        "count": world.count,
        "replays": api.replays,
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(path)


def load_state(api: Api, path: Path) -> None:
    """Restore the saved state. A missing file means a new account."""
    if not path.exists():
        return
    state = json.loads(path.read_text(encoding="utf-8"))
    api.world.objects = state["objects"]
    api.world.secrets = state["secrets"]
    api.world.declined = set(state["declined"])
    api.world.count = state["count"]
    api.replays = {key: tuple(value) for key, value in state["replays"].items()}
