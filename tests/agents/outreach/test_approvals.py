"""Approve, edit, skip: what was shown is what leaves, and decisions are remembered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent
from agents.models import ApprovalDecision, Message
from agents.outreach.selectors.approvals import Acceptance, get_acceptance
from agents.outreach.services import approvals
from agents.states import ApprovalMode, ApprovalOutcome, MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory

pytestmark = pytest.mark.django_db

BY = "ada@agency.test"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def customer() -> Any:
    made = CustomerFactory.create(next_run_at=NOON + timedelta(days=1))
    made.profile.approval_mode = ApprovalMode.REVIEW_FIRST
    made.profile.save()
    return made


def waiting(customer: Any, **values: Any) -> Message:
    message: Message = MessageFactory.create(
        lead=LeadFactory.create(customer=customer),
        status=MessageStatus.AWAITING_APPROVAL,
        **values,
    )
    return message


def test_an_approved_mail_is_queued_and_the_customer_is_due(customer: Any) -> None:
    message = waiting(customer)

    approvals.approve(message=message, by=BY, now=LATER)

    message.refresh_from_db()
    customer.refresh_from_db()
    assert (message.status, message.approved_at, message.approved_by, message.due_at) == (
        MessageStatus.QUEUED,
        LATER,
        BY,
        LATER,
    )
    assert customer.profile.messages_approved == 1
    assert customer.next_run_at == LATER
    assert ApprovalDecision.objects.get().outcome == ApprovalOutcome.APPROVED


def test_a_second_approval_is_refused_with_the_reason(customer: Any) -> None:
    message = waiting(customer)
    approvals.approve(message=message, by=BY, now=LATER)

    with pytest.raises(approvals.NoLongerWaiting, match=r"Its status is: queued\."):
        approvals.approve(message=message, by=BY, now=LATER)

    assert customer.profile.__class__.objects.get().messages_approved == 1


def test_a_mail_canceled_by_a_reply_cannot_be_approved(customer: Any) -> None:
    message = waiting(customer)
    Message.objects.move(
        source=MessageStatus.AWAITING_APPROVAL,
        target=MessageStatus.CANCELED,
        due_at=None,
        held_reason="They replied.",
    )

    with pytest.raises(approvals.NoLongerWaiting, match=r"canceled: They replied\."):
        approvals.approve(message=message, by=BY, now=LATER)


def test_edited_text_is_queued_and_the_old_one_is_kept(customer: Any) -> None:
    message = waiting(customer)

    changed = approvals.edit(
        message=message, subject="  My\n subject ", body="Hi,\r\nmy words\r\n", by=BY, now=LATER
    )

    message.refresh_from_db()
    assert changed
    assert (message.subject, message.body, message.status) == (
        "My subject",
        "Hi,\nmy words\n",
        MessageStatus.QUEUED,
    )
    event = AuditEvent.objects.get(action="message.edited")
    assert event.before["subject"] == "A quieter front desk"
    assert ApprovalDecision.objects.get().outcome == ApprovalOutcome.EDITED


def test_saving_the_text_unchanged_is_an_approval(customer: Any) -> None:
    message = waiting(customer)

    changed = approvals.edit(
        message=message,
        subject=message.subject,
        body=message.body.replace("\n", "\r\n"),
        by=BY,
        now=LATER,
    )

    assert not changed
    assert ApprovalDecision.objects.get().outcome == ApprovalOutcome.APPROVED
    assert not AuditEvent.objects.filter(action="message.edited").exists()


@pytest.mark.parametrize(
    ("subject", "body", "problem"),
    [
        ("", "Hi", "The subject is empty"),
        ("Hello", " ", "The email is empty"),
        ("Re: Hello", "Hi", "must not start"),
        ("Hello", "Hi {{ first_name }}", "placeholder"),
        ("x" * 201, "Hi", "more than 200"),
    ],
)
def test_a_text_that_cannot_leave_is_refused_and_nothing_changes(
    customer: Any, subject: str, body: str, problem: str
) -> None:
    message = waiting(customer)

    with pytest.raises(approvals.CannotLeave, match=problem):
        approvals.edit(message=message, subject=subject, body=body, by=BY, now=LATER)

    message.refresh_from_db()
    assert message.status == MessageStatus.AWAITING_APPROVAL
    assert message.subject == "A quieter front desk"


def test_a_skipped_mail_is_over(customer: Any) -> None:
    message = waiting(customer)

    approvals.skip(message=message, by=BY, now=LATER)

    message.refresh_from_db()
    assert (message.status, message.due_at) == (MessageStatus.SKIPPED, None)
    assert customer.profile.__class__.objects.get().messages_approved == 0


def test_a_scheduled_mail_can_still_be_edited_and_keeps_its_time(customer: Any) -> None:
    message = MessageFactory.create(
        lead=LeadFactory.create(customer=customer), status=MessageStatus.QUEUED, due_at=LATER
    )

    approvals.edit(message=message, subject="Mine", body="Hi there", by=BY, now=NOON)

    message.refresh_from_db()
    assert (message.status, message.due_at, message.subject) == (
        MessageStatus.QUEUED,
        LATER,
        "Mine",
    )


def test_a_claimed_mail_cannot_be_edited_any_more(customer: Any) -> None:
    message = MessageFactory.create(
        lead=LeadFactory.create(customer=customer), status=MessageStatus.CLAIMED
    )

    with pytest.raises(approvals.NoLongerWaiting):
        approvals.edit(message=message, subject="Mine", body="Hi there", by=BY, now=NOON)


def test_only_what_was_shown_is_approved_and_only_ones_own(customer: Any) -> None:
    shown, unseen = waiting(customer), waiting(customer)
    foreign = waiting(CustomerFactory.create())

    count = approvals.approve_all(
        customer=customer, message_ids=[shown.pk, foreign.pk], by=BY, now=LATER
    )

    assert count == 1
    statuses = {m.pk: m.status for m in Message.objects.all()}
    assert statuses == {
        shown.pk: MessageStatus.QUEUED,
        unseen.pk: MessageStatus.AWAITING_APPROVAL,
        foreign.pk: MessageStatus.AWAITING_APPROVAL,
    }


@pytest.mark.parametrize(
    ("approved", "edited", "mode"),
    [
        (4, 0, ApprovalMode.REVIEW_FIRST),
        (0, 4, ApprovalMode.REVIEW_FIRST),
        (3, 2, ApprovalMode.REVIEW_FIRST),
        (2, 3, ApprovalMode.REVIEW_ALL),
        (8, 4, ApprovalMode.REVIEW_FIRST),
        (8, 5, ApprovalMode.REVIEW_ALL),
    ],
)
def test_the_mode_falls_back_to_review_when_edits_rise(
    customer: Any, approved: int, edited: int, mode: str
) -> None:
    for _ in range(approved):
        approvals.approve(message=waiting(customer), by=BY, now=LATER)
    for _ in range(edited):
        approvals.edit(message=waiting(customer), subject="Mine", body="Hi", by=BY, now=LATER)

    customer.profile.refresh_from_db()
    assert customer.profile.approval_mode == mode
    fell_back = AuditEvent.objects.filter(action="approval.fell_back").count()
    assert fell_back == (mode == ApprovalMode.REVIEW_ALL)


def test_acceptance_counts_the_newest_ten(customer: Any) -> None:
    approvals.skip(message=waiting(customer), by=BY, now=LATER)
    for _ in range(9):
        approvals.approve(message=waiting(customer), by=BY, now=LATER)
    before = get_acceptance(customer_id=customer.pk)
    approvals.approve(message=waiting(customer), by=BY, now=LATER)

    assert before == Acceptance(10, 9)
    assert get_acceptance(customer_id=customer.pk) == Acceptance(10, 10)
