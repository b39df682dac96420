"""The doctor names what is missing, and fails only when release mode needs it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import call_command

from agents.models import Heartbeat, SystemSettings
from hossagent.management.commands.doctor import Verdict, examine
from hossagent.schedule import loops
from tests.conftest import NOON
from tests.factories import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_switches_and_silent_loops_are_warnings() -> None:
    SystemSettings.objects.update(is_autopilot_on=False)
    every = loops(settings.CONFIG)
    Heartbeat.objects.bulk_create(
        Heartbeat(loop=loop.task, beat_at=NOON - timedelta(seconds=30)) for loop in every[1:]
    )

    found = findings()

    assert (found["autopilot"].verdict, found["autopilot"].says) == ("warning", "switched off")
    assert found["loops"].says == f"not lately: {every[0].task}"
