"""What can be wrong with a backfill, as sentences for an operator."""

from __future__ import annotations


class BackfillNotDone(Exception):
    """A migration needs a backfill that is not done; the sentence says what to do."""


class NoSuchBackfill(Exception):
    """No migration of this database has started a backfill of this name."""
