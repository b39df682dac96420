"""What /metrics says, read with Prometheus' own parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

TOKEN = "open-sesame-of-the-scraper"


def read(text: str) -> dict[str, float]:
    """`name{label="value"}` and its value, for every sample."""
    return {
        _name(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _name(name: str, labels: dict[str, str]) -> str:
    inner = ",".join(f"{label}={labels[label]}" for label in sorted(labels))
    return f"{name}{{{inner}}}" if inner else name


def scrape(client: SiteClient) -> dict[str, float]:
    """As Prometheus does it."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return read(answer.content.decode())


def only(samples: dict[str, float], *beginnings: str) -> dict[str, float]:
    """Those whose names begin so."""
    return {name: value for name, value in samples.items() if name.startswith(beginnings)}
