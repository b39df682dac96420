"""The numbers of /metrics that come from rows: of the whole installation, whoever asks.

A fixed number of queries, each over an index that holds only such rows or bounded by what
is due. No label names a person, a customer or an address. docs/operate/monitoring.md
explains each family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.reports.selectors.metrics.installation import installation_families
from agents.reports.selectors.metrics.loops import loop_families
from agents.reports.selectors.metrics.queues import queue_families
from agents.reports.selectors.metrics.sending import sending_families

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.metrics_core import Metric


def list_metrics(*, now: datetime) -> Iterator[Metric]:
    """Every family that is computed from rows and settings."""
    yield from installation_families(now=now)
    yield from sending_families()
    yield from queue_families(now=now)
    yield from loop_families(now=now)
