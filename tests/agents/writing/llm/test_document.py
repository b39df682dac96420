"""A document that the model opens: the facts stay, what cannot be traced goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.task_types import TASK_TYPES
from agents.writing.llm.document import _DOCUMENTS
from agents.writing.services import write_deliverable
from tests.fakes.llm import MODEL, FakeLlm
from tests.helpers.briefs import make_task_brief
from tests.helpers.llm import COST

if TYPE_CHECKING:
    from datetime import datetime


pytestmark = pytest.mark.django_db

GOOD_DOCUMENT = {
    "summary": "Northgate Dental takes calls only. They answered and ask about the cost.",
    "observations": ["They asked what it costs.", "Salesforce rates them among the top 10."],
    "next_steps": ["Answer the question about cost first."],
}


def test_every_kind_has_words_for_the_model() -> None:
    assert set(_DOCUMENTS) == set(TASK_TYPES)


def test_document_keeps_its_facts_and_loses_the_untraced(
    llm: FakeLlm, now: datetime, customer_id: int
) -> None:
    llm.behaviors = [GOOD_DOCUMENT]
    brief = make_task_brief("prospect_brief")
    brief = type(brief)(**{**_fields(brief), "sender": _with_id(brief, customer_id)})

    document = write_deliverable(brief=brief, now=now)

    assert (document.written_by, document.cost_micros) == (MODEL, COST)
    assert "## Summary\n\nNorthgate Dental takes calls only." in document.markdown
    assert "Salesforce" not in document.markdown
    assert "- They asked what it costs." in document.markdown
    assert "| Company | Northgate Dental |" in document.markdown
    assert f"written by {MODEL}" in document.markdown


def _fields(brief: Any) -> dict[str, Any]:
    return {name: getattr(brief, name) for name in brief.__slots__}


def _with_id(brief: Any, customer_id: int) -> Any:
    return type(brief.sender)(**{**_fields(brief.sender), "customer_id": customer_id})
