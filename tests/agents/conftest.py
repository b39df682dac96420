"""What the agents' tests share: a model to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.writing.llm import client
from tests.fakes.llm import FakeLlm, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def llm(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLlm]:
    monkeypatch.setattr(client, "RETRIES", 0)
    for fake in serve():
        configure(
            OPENAI_API_KEY="sk-1234567890", OPENAI_BASE_URL=fake.url, OPENAI_MODEL="small-model"
        )
        yield fake
