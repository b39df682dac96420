"""Whether each loop runs, and what it has done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from agents.models import Heartbeat
from hossagent import schedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.metrics_core import Metric

_COUNTERS = (
    ("runs", "hossagent_loop_runs", "Runs of the loop, idle ones too."),
    ("rows_done", "hossagent_loop_rows", "Rows that the loop has done."),
    ("failures", "hossagent_loop_failures", "Rows or runs that raised an error."),
    ("busy_seconds", "hossagent_loop_busy_seconds", "Seconds spent in the loop."),
)


def loop_families(*, now: datetime) -> Iterator[Metric]:
    """One query. A loop that never ran has a period and nothing else."""
    beats = {beat.loop: beat for beat in Heartbeat.objects.all()}
    known = schedule.loops(settings.CONFIG)
    period = GaugeMetricFamily(
        "hossagent_loop_period_seconds", "How often the loop is to run.", labels=["loop"]
    )
    age = GaugeMetricFamily(
        "hossagent_loop_last_beat_age_seconds",
        "How long ago the loop last ran; of agents.poll_inbox, last read the mailbox.",
        labels=["loop"],
    )
    for loop in known:
        period.add_metric([loop.task], loop.seconds)
        if beat := beats.get(loop.task):
            age.add_metric([loop.task], max((now - beat.beat_at).total_seconds(), 0.0))
    yield from (period, age)
    for column, name, words in _COUNTERS:
        counter = CounterMetricFamily(name, words, labels=["loop"])
        for loop in known:
            if beat := beats.get(loop.task):
                counter.add_metric([loop.task], getattr(beat, column))
        yield counter
