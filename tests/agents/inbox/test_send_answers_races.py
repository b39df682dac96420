"""Many workers and hands at once: no answer is stored or sent twice."""

from __future__ import annotations

from collections import Counter

import pytest

from agents.inbox.services import send_answers
from agents.models import Answer
from agents.states import AnswerStatus
from tests.conftest import NOON
from tests.helpers.answers import Wire, replied_thread, write_answer
from tests.helpers.threads import WORKERS, crew

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("switches"),
]


def test_answer_leaves_once(wire: Wire) -> None:
    conversation = replied_thread()
    for turn in range(5):
        write_answer(conversation, f"Answer {turn}", key=f"k{turn}")
        crew(lambda: send_answers.send_next(now=NOON))
        assert Counter(mail.body for mail in wire.mails) == Counter(
            f"Answer {number}\n" for number in range(turn + 1)
        )
    assert set(Answer.objects.values_list("status", flat=True)) == {AnswerStatus.SENT}


def test_many_answers_leave_once_each(wire: Wire) -> None:
    conversation = replied_thread()
    for number in range(16):
        write_answer(conversation, f"Answer {number}", key=f"k{number}")

    def send_all() -> None:
        while send_answers.send_next(now=NOON):
            pass

    crew(send_all)

    assert Counter(mail.body for mail in wire.mails) == Counter(
        f"Answer {number}\n" for number in range(16)
    )


def test_one_button_pressed_by_many_hands_is_one_answer(wire: Wire) -> None:
    conversation = replied_thread()

    rows = crew(lambda: write_answer(conversation).pk)

    assert (len(rows), len(set(rows)), Answer.objects.count()) == (WORKERS, 1, 1)
