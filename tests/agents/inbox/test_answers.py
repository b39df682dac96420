"""Answers from the portal: stored once, and never for who asked for silence."""

from __future__ import annotations

import pytest

from agents.inbox.services import answers
from agents.models import Answer
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import ConversationFactory
from tests.helpers.answers import Wire, replied_thread, write_answer

pytestmark = pytest.mark.django_db


def test_same_form_twice_is_one_answer(wire: Wire) -> None:
    conversation = replied_thread()

    first, second = write_answer(conversation), write_answer(conversation)

    assert first.pk == second.pk
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("stored", ["grace@clinic.com", "clinic.com"])
def test_answer_is_refused_after_an_opt_out(wire: Wire, stored: str) -> None:
    conversation = replied_thread()
    kind = "address" if "@" in stored else "domain"
    suppress(kind=kind, value=stored, reason="opt_out", now=NOON)

    with pytest.raises(answers.CannotAnswer, match="has opted out"):
        write_answer(conversation)


@pytest.mark.parametrize("sender", ["mailer-daemon@clinic.com", "no-reply@clinic.com", ""])
def test_answer_to_a_machine_is_refused(wire: Wire, sender: str) -> None:
    with pytest.raises(answers.CannotAnswer):
        write_answer(replied_thread(sender=sender))


def test_answer_before_they_have_written_is_refused(wire: Wire) -> None:
    conversation = ConversationFactory.create()

    with pytest.raises(answers.CannotAnswer, match="not written to you yet"):
        write_answer(conversation)
