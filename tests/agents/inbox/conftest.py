"""What the inbox's tests share: a transport that keeps answers, and a model that says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.inbox.services import send_answers
from agents.models import SystemSettings
from tests.helpers.answers import LIVE, Wire
from tests.helpers.opinions import YES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.llm import FakeLlm


@pytest.fixture
def switches() -> None:
    """Tests that commit empty every table afterwards, the switches' row included."""
    SystemSettings.objects.get_or_create(pk=1)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> Wire:
    made = Wire()
    configure(**LIVE)
    monkeypatch.setattr(send_answers, "get_transport", lambda mode: made)
    return made


@pytest.fixture
def says_yes(llm: FakeLlm) -> None:
    llm.behaviors = [YES]
