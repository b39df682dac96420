"""Whatever goes wrong with a model, templates write and one line says why."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from agents.writing.errors import WriterFailed
from agents.writing.llm import client
from agents.writing.llm.mail import MailAnswer
from agents.writing.services import get_second_opinion, write_message
from tests.fakes.llm import MODEL, FakeLlm
from tests.helpers.briefs import make_mail_brief
from tests.helpers.llm import COST, spent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.writing.selectors.briefs import MessageBrief

pytestmark = pytest.mark.django_db

GOOD_MAIL = {
    "subject": "Bookings by phone at Northgate Dental",
    "paragraphs": [
        "Northgate Dental takes bookings by phone, and that made me write.",
        "Bright Agency sets up online booking that fills the gaps in the calendar.",
    ],
    "question": "Would a short call next week be useful?",
}


def brief_of(customer_id: int, step: int = 0, **lead: Any) -> MessageBrief:
    return make_mail_brief(step, sender={"customer_id": customer_id}, **lead)


@pytest.mark.parametrize(
    ("behavior", "reason", "cost"),
    [
        ("malformed", "malformed", 0),
        ("wrong_shape", "malformed", COST),
        ("empty", "malformed", COST),
        ("refusing", "refused", COST),
        ("cut_off", "cut_off", COST),
        ("429", "rate_limited", 0),
        ("500", "server_error", 0),
        ("401", "refused_key", 0),
        ("redirect", "request_error", 0),
        ("drop", "unreachable", 0),
        ("not_an_object", "malformed", None),
        ("slow", "timeout", 0),
    ],
)
def test_every_fault_falls_back_with_one_line(
    behavior: str,
    reason: str,
    cost: int | None,
    *,
    llm: FakeLlm,
    customer_id: int,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 0.4)
    llm.behaviors = [behavior]

    with caplog.at_level(logging.WARNING, logger="agents.writing"):
        copy = write_message(brief=brief_of(customer_id), now=now)

    assert copy.written_by == "templates"
    assert caplog.messages == [f"[WRITER][FALLBACK] reason={reason}"]
    assert spent(customer_id) == copy.cost_micros
    # An answer that does not say what it cost is booked at the most it can have cost.
    assert copy.cost_micros == cost if cost is not None else copy.cost_micros > COST


def test_busy_server_is_asked_again(
    llm: FakeLlm, customer_id: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "RETRIES", 1)
    llm.behaviors = ["500", GOOD_MAIL]

    assert write_message(brief=brief_of(customer_id), now=now).written_by == MODEL


def test_answer_in_a_code_fence_or_without_usage_is_read(
    llm: FakeLlm, customer_id: int, now: datetime
) -> None:
    llm.behaviors = [{"fenced": GOOD_MAIL}, {"no_usage": GOOD_MAIL}]

    fenced = write_message(brief=brief_of(customer_id), now=now)
    unmetered = write_message(brief=brief_of(customer_id), now=now)

    assert (fenced.written_by, unmetered.written_by) == (MODEL, MODEL)
    # Without numbers from the server the most it can have cost is booked.
    assert unmetered.cost_micros > COST


def test_spent_budget_means_templates_and_no_question(
    llm: FakeLlm,
    customer_id: int,
    now: datetime,
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure(WRITER_DAILY_BUDGET="0.000001")

    with caplog.at_level(logging.WARNING, logger="agents.writing"):
        copy = write_message(brief=brief_of(customer_id), now=now)

    assert (copy.written_by, copy.cost_micros, llm.requests) == ("templates", 0, [])
    assert caplog.messages == ["[WRITER][FALLBACK] reason=budget"]


def test_model_is_not_asked_in_dry_run(
    llm: FakeLlm, customer_id: int, now: datetime, configure: Callable[..., None]
) -> None:
    configure(OPENAI_API_KEY="")

    assert write_message(brief=brief_of(customer_id), now=now).written_by == "templates"
    assert get_second_opinion(customer_id=customer_id, text="Yes", now=now) is None
    with pytest.raises(WriterFailed, match="dry_run"):
        client.ask(system="", user="", shape=MailAnswer, max_tokens=1)
    assert llm.requests == []
