"""What the inbox's tests share: a transport that keeps answers, and a model to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.inbox.services import send_answers
from agents.models import SystemSettings
from agents.writing.llm import client
from tests.fakes.llm import FakeLlm, serve
from tests.helpers.answers import LIVE, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
def llm(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLlm]:
    monkeypatch.setattr(client, "RETRIES", 0)
    for fake in serve():
        configure(
            OPENAI_API_KEY="sk-1234567890", OPENAI_BASE_URL=fake.url, OPENAI_MODEL="small-model"
        )
        yield fake
