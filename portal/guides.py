"""The user guide of docs/guide, shown in the portal as well."""

from __future__ import annotations

from functools import lru_cache

from hossagent.config import BASE_DIR

FOLDER = BASE_DIR / "docs" / "guide"

# In the order of the help page.
GUIDES = {
    "getting-started": "Getting started",
    "going-live": "Going live",
    "warm-up": "The warm-up schedule",
    "csv-format": "The CSV format for your own leads",
    "safety": "Safety promises",
}


@lru_cache
def read_guide(slug: str) -> str:
    """The guide's Markdown; links to other guides point at their pages here."""
    text = (FOLDER / f"{slug}.md").read_text(encoding="utf-8")
    for other in GUIDES:
        text = text.replace(f"({other}.md)", f"(../{other}/)")
    return text
