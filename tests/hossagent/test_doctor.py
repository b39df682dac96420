"""The doctor names what is missing, and fails only when release mode needs it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from agents.models import Heartbeat, SystemSettings
from hossagent.management.commands.doctor import Verdict, examine
from hossagent.schedule import loops
from tests.conftest import NOON
from tests.factories import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hossagent.management.commands.doctor import Finding

pytestmark = pytest.mark.django_db


def findings() -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings.CONFIG, now=NOON)}


def missing() -> list[str]:
    return [f.subject for f in findings().values() if f.verdict is Verdict.MISSING]


def test_a_fresh_sandbox_lacks_only_its_operator() -> None:
    assert missing() == ["operator"]

    UserFactory.create(is_staff=True)

    assert missing() == []
    call_command("doctor", stdout=io.StringIO())


def test_the_command_that_it_advises_makes_an_operator(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery staple\n", encoding="utf-8")
    advised = re.search(r"manage\.py (\w+) (\S+)`", findings()["operator"].fix)
    assert advised is not None

    call_command(*advised.groups(), password_file=str(password), stdout=io.StringIO())

    assert findings()["operator"].says == "an operator can sign in at /admin"
    assert User.objects.get(is_staff=True).email == "you@agency.com"


def test_release_mode_names_everything_that_is_missing(
    configure: Callable[..., None],
) -> None:
    UserFactory.create(is_staff=True)
    configure(RELEASE_MODE="TRUE", ENABLE_STRIPE="TRUE", STRIPE_API_KEY="sk_changeme")

    assert missing() == [
        "address",
        "SUPPORT_EMAIL",
        "OPERATOR_EMAIL",
        "leads",
        "writer",
        "email",
        "stripe",
    ]
    assert "STRIPE_API_KEY" in findings()["stripe"].fix
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=io.StringIO())


def test_an_unreachable_redis_is_missing(configure: Callable[..., None]) -> None:
    configure(REDIS_URL="redis://127.0.0.1:1/0")

    assert findings()["workers"].verdict is Verdict.MISSING


def migrated(*, ago: timedelta) -> None:
    """The newest migration was applied so long ago."""
    MigrationRecorder.Migration.objects.update(applied=NOON - ago)


def test_loops_of_a_new_installation_have_not_been_silent() -> None:
    """Some come by once an hour, and the mailbox is read only where there is one."""
    migrated(ago=timedelta(minutes=10))
    Heartbeat.objects.bulk_create(
        Heartbeat(loop=loop.task, beat_at=NOON)
        for loop in loops(settings.CONFIG)
        if loop.seconds < 3600 and loop.task != "agents.poll_inbox"
    )

    assert findings()["loops"].says == "all have run recently"


def test_switches_and_silent_loops_are_warnings() -> None:
    migrated(ago=timedelta(days=1))
    SystemSettings.objects.update(is_autopilot_on=False)
    every = loops(settings.CONFIG)
    Heartbeat.objects.bulk_create(
        Heartbeat(loop=loop.task, beat_at=NOON - timedelta(seconds=30)) for loop in every[1:]
    )

    found = findings()

    assert (found["autopilot"].verdict, found["autopilot"].says) == ("warning", "turned off")
    assert found["loops"].says == f"not run recently: {every[0].task}"
