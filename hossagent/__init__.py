"""HossAgent: autonomous workers for small agencies."""

from __future__ import annotations

# The newest version of CHANGELOG.md; with ".dev0" while that is headed "Unreleased".
__version__ = "0.2.0.dev0"
