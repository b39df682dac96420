"""Many people and workers at once: no mail is approved twice, or with words being edited."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from accounts.services import audit
from accounts.states import AuditAction
from agents.models import ApprovalDecision, Message, Profile, SystemSettings
from agents.outreach.services import approvals
from agents.outreach.services.bizdev.release import expire_approvals
from agents.outreach.services.send.claim import claim
from agents.states import MessageStatus
from tests.conftest import NOON
from tests.factories import MessageFactory
from tests.helpers.answers import BY
from tests.helpers.inbox import NEXT_DAY
from tests.helpers.threads import WORKERS, crew

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def switches() -> None:
    """Tests of this kind empty every table afterwards, the switches' row included."""
    SystemSettings.objects.get_or_create(pk=1)


def waiting(**fields: Any) -> Message:
    message: Message = MessageFactory.create(
        status=MessageStatus.AWAITING_APPROVAL, due_at=NEXT_DAY, **fields
    )
    return message


def approve(message: Message) -> bool:
    try:
        approvals.approve(message=message, by=BY, now=NOON)
    except approvals.NoLongerWaiting:
        return False
    return True


def test_mail_is_approved_once_and_counted_once() -> None:
    message = waiting()

    done = crew(lambda: approve(message))

    assert sorted(done) == [False] * (WORKERS - 1) + [True]
    assert ApprovalDecision.objects.count() == 1
    assert Profile.objects.get().messages_approved == 1


def test_approving_and_skipping_at_once_is_one_of_both() -> None:
    for _ in range(5):
        message = waiting()
        calls, lock = iter(range(WORKERS)), threading.Lock()

        def decide(message: Message = message, calls: Any = calls, lock: Any = lock) -> str:
            with lock:
                number = next(calls)
            try:
                if number % 2:
                    approvals.skip(message=message, by=BY, now=NOON)
                    return MessageStatus.SKIPPED
                approvals.approve(message=message, by=BY, now=NOON)
            except approvals.NoLongerWaiting:
                return ""
            return MessageStatus.QUEUED

        said = [word for word in crew(decide) if word]

        message.refresh_from_db()
        # A mail that is queued may still be stopped; one that was stopped stays so.
        assert said.count(MessageStatus.SKIPPED) <= 1
        assert said.count(MessageStatus.QUEUED) <= 1
        assert message.status == (
            MessageStatus.SKIPPED if MessageStatus.SKIPPED in said else MessageStatus.QUEUED
        )
        assert message.decisions.count() == len(said)


def test_approval_that_meets_its_expiry_is_one_of_both() -> None:
    for _ in range(8):
        message = waiting()
        calls, lock = iter(range(2)), threading.Lock()

        def decide(message: Message = message, calls: Any = calls, lock: Any = lock) -> str:
            with lock:
                number = next(calls)
            if number:
                return "approved" if approve(message) else ""
            return "expired" if expire_approvals(messages=[message], now=NEXT_DAY) else ""

        said = [word for word in crew(decide, workers=2) if word]

        message.refresh_from_db()
        assert said == ["approved" if message.status == MessageStatus.QUEUED else "expired"], (
            message.status
        )
        assert message.decisions.count() == said.count("approved")


def test_text_being_edited_is_not_claimed_with_old_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = MessageFactory.create(status=MessageStatus.QUEUED)
    is_editing, may_go_on = threading.Event(), threading.Event()
    real = audit.record

    def slowly(action: AuditAction, **fields: Any) -> Any:
        is_editing.set()
        assert may_go_on.wait(10)
        return real(action, **fields)

    monkeypatch.setattr(audit, "record", slowly)
    calls, lock = iter(range(2)), threading.Lock()

    def act() -> list[str]:
        with lock:
            number = next(calls)
        if number:
            approvals.edit(message=message, subject="Mine", body="My words.", by=BY, now=NOON)
            return []
        assert is_editing.wait(10)
        taken = [Message.objects.get(pk=row.pk).body for row in claim(now=NOON, limit=1)]
        may_go_on.set()
        return taken

    assert crew(act, workers=2) == [[], []]
    assert [Message.objects.get(pk=row.pk).body for row in claim(now=NOON, limit=1)] == [
        "My words.\n"
    ]
