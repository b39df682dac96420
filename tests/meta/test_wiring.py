"""Names that point at each other: tasks, stages, settings, documents, containers, mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from agents.autopilot.services.stages import STAGES
from agents.states import CycleAgent
from hossagent import config, schedule, variables
from hossagent.celery import app
from hossagent.config import BASE_DIR

APPS = ("accounts.", "billing.", "agents.", "portal.", "hossagent.")
# Started by a deed and not by the clock.
ON_DEMAND: set[str] = set()
COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))


def our_tasks() -> set[str]:
    app.autodiscover_tasks(force=True)
    return {name for name in app.tasks if name.startswith(APPS)}


def test_every_task_is_in_the_schedule_or_on_demand() -> None:
    scheduled = {loop.task for loop in schedule.loops(settings.CONFIG)}

    assert our_tasks() == scheduled | ON_DEMAND


def test_every_loop_runs_in_a_queue_that_a_worker_takes() -> None:
    commands = [COMPOSE["services"][name]["command"] for name in ("worker", "worker-ops")]
    taken = {queue for command in commands for queue in command[command.index("-Q") + 1].split(",")}

    assert {loop.queue for loop in schedule.loops(settings.CONFIG)} == taken == set(schedule.QUEUES)


def test_every_agent_has_a_stage() -> None:
    assert list(STAGES) == list(CycleAgent)


# --- settings ------------------------------------------------------------------------


def test_every_setting_is_described_once() -> None:
    described = [name for section in variables.VARIABLES.values() for name in section]

    assert sorted(described) == sorted(config.variables())


def test_the_example_file_is_in_step_and_gives_the_defaults() -> None:
    text = (BASE_DIR / ".env.example").read_text(encoding="utf-8")
    values = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z_]+=", line))

    assert text == variables.example_file()
    assert sorted(values) == sorted(config.variables())
    given = config.load({**values, "SESSION_SECRET": "x"})
    assert given == config.load({"SESSION_SECRET": "x"})


def test_generated_documents_are_in_step() -> None:
    call_command("draw_settings", check=True)
    call_command("draw_states", check=True)


# --- containers ----------------------------------------------------------------------


def test_compose_has_every_process_of_production() -> None:
    assert set(COMPOSE["services"]) == {
        "migrate", "web", "worker", "worker-ops", "beat", "postgres", "redis", "mail",
    }  # fmt: skip


def test_compose_sets_variables_that_exist() -> None:
    known = {*config.variables(), "POSTGRES_PASSWORD", "WEB_PORT"}
    text = (BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8")
    set_by_app = set(COMPOSE["x-app"]["environment"])

    assert set_by_app <= set(config.variables())
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= known


@pytest.mark.parametrize("command", ["worker", "worker-ops", "beat"])
def test_compose_starts_the_project_s_own_celery(command: str) -> None:
    assert COMPOSE["services"][command]["command"][:3] == ["celery", "-A", "hossagent"]


def test_one_version_of_postgres_is_named_everywhere() -> None:
    image = COMPOSE["services"]["postgres"]["image"]
    named: dict[str, set[str]] = {}
    for name in ("README.md", "docs/operate/operations.md", "docs/developing/architecture.md"):
        text = (BASE_DIR / name).read_text(encoding="utf-8")
        named[name] = set(re.findall(r"[Pp]ostgres(?:QL)? (\d\d)\b", text))

    assert set().union(*named.values()) == {image.removeprefix("postgres:")}


# --- account mail --------------------------------------------------------------------


def mail_names() -> dict[str, set[str]]:
    folder = BASE_DIR / "templates" / "emails"
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.*"):
        stem, _, kind = path.name.partition(".")
        found.setdefault(str(path.parent.relative_to(folder) / stem), set()).add(kind)
    # Frames that mails extend are not mails.
    return {name: kinds for name, kinds in found.items() if not name.startswith(("_", "base"))}


def test_every_mail_has_its_three_templates() -> None:
    three: Any = {"subject.txt", "txt", "html"}
    incomplete = {name: kinds for name, kinds in mail_names().items() if kinds != three}

    assert incomplete == {}
