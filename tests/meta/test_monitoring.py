"""Dashboard, alert rules and their page name what /metrics exports, and each other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from agents.reports.selectors.metrics import list_metrics
from hossagent.config import BASE_DIR
from hossagent.lib import http_metrics
from tests.conftest import NOON
from tests.meta.test_documents import anchors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

OPERATE = BASE_DIR / "docs" / "operate"
PAGE = OPERATE / "monitoring.md"
NAME = re.compile(r"\bhossagent_\w+")
# What belongs to a counter, a histogram or an info besides the family's own name.
ENDINGS = {"counter": "_total", "info": "_info", "histogram": ""}
LABELS = {
    "hossagent_build_info": {"django", "python", "release_mode", "version"},
    "hossagent_http_requests_total": {"method", "status", "view"},
    "hossagent_http_request_seconds": {"method", "view"},
}


def exported() -> dict[str, str]:
    """Every family, by the name that a query uses, and its type on the page."""
    families = [*list_metrics(now=NOON), *http_metrics.collect()]
    return {
        family.name + ENDINGS.get(family.type, ""): "gauge"
        if family.type == "info"
        else family.type
        for family in families
    }


def series() -> set[str]:
    """Every name that a query may use."""
    names = exported()
    parts = {
        f"{name}_{part}"
        for name, kind in names.items()
        if kind == "histogram"
        for part in ("bucket", "sum", "count")
    }
    return set(names) | parts


def documented() -> dict[str, tuple[str, set[str]]]:
    """The table of the page: name, type and labels."""
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("| `hossagent_")
    ]
    return {
        name.strip("`"): (kind, {label.strip() for label in labels.split(",") if label.strip()})
        for name, kind, labels, _ in rows
    }


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((OPERATE / "prometheus" / "alerts.yml").read_text("utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def board() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((OPERATE / "grafana" / "hossagent.json").read_text("utf-8"))
    return read


def queries() -> Iterator[str]:
    for panel in board()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_the_page_explains_each_family_and_no_other() -> None:
    assert {name: kind for name, (kind, _) in documented().items()} == exported()


def test_the_page_names_each_label() -> None:
    found = dict(LABELS)
    for family in list_metrics(now=NOON):
        for sample in family.samples:
            found.setdefault(sample.name, set(sample.labels))

    labels = {name: labels for name, (_, labels) in documented().items()}
    # A family without a row to speak of has no sample here.
    assert {name: labels[name] for name in found} == found


def test_the_dashboard_shows_all_that_is_exported() -> None:
    asked = {name for query in queries() for name in NAME.findall(query)}

    assert asked - series() == set()
    shown = {name.removesuffix("_bucket") for name in asked} | {"hossagent_build_info"}
    assert set(exported()) - shown == set()


def test_each_panel_has_a_place_of_its_own_and_the_chosen_source() -> None:
    panels = board()["panels"]
    charts = [panel for panel in panels if panel["type"] != "row"]
    cells = [
        (column, line)
        for panel in panels
        for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for line in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in charts} == {"${datasource}"}


def test_the_rules_ask_for_what_is_exported() -> None:
    asked = {name for rule in alerts() for name in NAME.findall(rule["expr"])}

    assert asked - series() == set()


def test_each_alert_says_what_to_do_and_leads_to_its_section() -> None:
    wrong = {}
    for rule in alerts():
        notes = rule["annotations"]
        path, _, anchor = notes["runbook"].partition("#")
        is_whole = set(notes) == {"summary", "description", "runbook"} and all(notes.values())
        if not is_whole or BASE_DIR / path != PAGE or anchor != rule["alert"].lower():
            wrong[rule["alert"]] = notes

    assert wrong == {}
    assert {rule["alert"].lower() for rule in alerts()} <= anchors_of(PAGE)
    assert len({rule["alert"] for rule in alerts()}) == len(alerts())


def test_the_scrape_asks_the_page_with_a_bearer_token() -> None:
    text = (OPERATE / "prometheus" / "scrape.yml").read_text("utf-8")
    (job,) = yaml.safe_load(text)["scrape_configs"]

    assert (job["job_name"], job["metrics_path"]) == ("hossagent", "/metrics")
    assert job["authorization"]["type"] == "Bearer"
