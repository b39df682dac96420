"""Mails that wait for a person: approve, edit, skip, and what the decisions teach.

An approval only queues the mail; the gate is asked again at the claim like for any other.
Approvals that nobody gives expire in BizDev, and the step is planned anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import ApprovalDecision, Message, Profile
from agents.outreach.selectors.approvals import is_losing_acceptance
from agents.states import ApprovalMode, ApprovalOutcome, HoldCode, MessageStatus
from agents.writing.services import lint_copy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# A person may still change or stop what has not been claimed.
EDITABLE = (MessageStatus.AWAITING_APPROVAL, MessageStatus.PLANNED, MessageStatus.QUEUED)
# Whoever edits the text answers for its style; these keep it from leaving at all. The
# address and the opt-out are put back by the sender where an edit has lost them.
_BLOCKING = frozenset(
    {"empty_subject", "empty_body", "header_injection", "false_reply", "placeholder_left"}
)
_MAX_SUBJECT = 200


class NoLongerWaiting(Exception):
    """The mail was decided on, expired or canceled meanwhile; the sentence says which."""


class CannotLeave(Exception):
    """The edited text cannot leave; `problems` are sentences for the person."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def approve(*, message: Message, by: str, now: datetime) -> None:
    """Queue the mail as it is. Raises `NoLongerWaiting`."""
    with transaction.atomic():
        row = _lock(message, statuses=(MessageStatus.AWAITING_APPROVAL,))
        _queue(row, by=by, now=now)
        _decided(row, outcome=ApprovalOutcome.APPROVED, by=by, now=now)


def approve_all(*, customer: Customer, message_ids: Iterable[int], by: str, now: datetime) -> int:
    """Approve those of `message_ids` that are the customer's and still wait; the number.

    The caller passes what the person was shown, so nothing unseen is approved.
    """
    approved = 0
    rows = Message.objects.for_customer(customer).filter(pk__in=list(message_ids)[:200])
    for message in rows.order_by("pk"):
        try:
            approve(message=message, by=by, now=now)
        except NoLongerWaiting:
            continue
        approved += 1
    return approved


def edit(*, message: Message, subject: str, body: str, by: str, now: datetime) -> bool:
    """Replace the text by the person's, which is what leaves, and queue it.

    True when something was different; the unchanged text counts as approved. Raises
    `CannotLeave` (nothing is changed) and `NoLongerWaiting`.
    """
    subject, body = " ".join(subject.split()), _plain(body)
    problems = find_problems(subject=subject, body=body, step=message.step)
    if problems:
        raise CannotLeave(problems)
    with transaction.atomic():
        row = _lock(message, statuses=EDITABLE)
        is_changed = (subject, body) != (row.subject, _plain(row.body))
        if is_changed:
            before = {"subject": row.subject, "body": row.body}
            Message.objects.filter(pk=row.pk).update(subject=subject, body=body)
            audit.record(
                AuditAction.MESSAGE_EDITED,
                at=now,
                actor=by,
                customer_id=row.customer_id,
                subject=row,
                change=audit.Change(before=before, after={"subject": subject, "body": body}),
            )
        _queue(row, by=by, now=now)
        outcome = ApprovalOutcome.EDITED if is_changed else ApprovalOutcome.APPROVED
        _decided(row, outcome=outcome, by=by, now=now)
    return is_changed


def skip(*, message: Message, by: str, now: datetime) -> None:
    """This mail does not go, and the sequence to this lead ends. Raises `NoLongerWaiting`."""
    with transaction.atomic():
        row = _lock(message, statuses=EDITABLE)
        Message.objects.filter(pk=row.pk).move(
            source=row.status,
            target=MessageStatus.SKIPPED,
            due_at=None,
            finished_at=now,
            held_code=HoldCode.SKIPPED,
            held_reason=f"Skipped by {by}."[:300],
        )
        _decided(row, outcome=ApprovalOutcome.SKIPPED, by=by, now=now)


def find_problems(*, subject: str, body: str, step: int) -> list[str]:
    """Why this text cannot leave, in sentences; empty when it can."""
    problems = [f.sentence for f in lint_copy(subject, body, step=step) if f.code in _BLOCKING]
    if len(subject) > _MAX_SUBJECT:
        problems.append(f"The subject has more than {_MAX_SUBJECT} characters. Shorten it.")
    return problems


def list_advice(message: Message) -> list[str]:
    """What speaks against the text in matters of style, for whoever approves it."""
    return [
        finding.sentence for finding in lint_copy(message.subject, message.body, step=message.step)
    ]


def _plain(text: str) -> str:
    """Line ends as we store them; browsers send CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def _lock(message: Message, *, statuses: tuple[MessageStatus, ...]) -> Message:
    """The message as it is now, under the customer's lock and its own: neither a second
    press of the button, nor a claim, nor an expiry comes in between."""
    Customer.objects.lock(message.customer_id)
    rows = Message.objects.select_related("lead").select_for_update(of=("self",))
    row: Message = rows.get(pk=message.pk)
    if row.status not in statuses:
        raise NoLongerWaiting(_why_not(row))
    return row


def _why_not(row: Message) -> str:
    to = f"The email to {row.lead.company}"
    if row.status == MessageStatus.CANCELED and row.held_reason:
        return f"{to} was canceled: {row.held_reason}"
    state = MessageStatus(row.status).label.lower()
    return f"{to} is no longer waiting for approval. Its status is: {state}."


def _queue(row: Message, *, by: str, now: datetime) -> None:
    """Approved by `by` and due now. A scheduled mail keeps its time."""
    fields = {"approved_at": now, "approved_by": by[:254], "held_code": "", "held_reason": ""}
    rows = Message.objects.filter(pk=row.pk)
    if row.status == MessageStatus.AWAITING_APPROVAL:
        rows.move(source=row.status, target=MessageStatus.QUEUED, due_at=now, **fields)
    else:
        rows.filter(status=row.status).update(**fields)
    schedule_now(customer_id=row.customer_id, now=now)


def _decided(row: Message, *, outcome: ApprovalOutcome, by: str, now: datetime) -> None:
    """Write the decision down, count it, and fall back to review when edits rise."""
    ApprovalDecision.objects.create(
        customer_id=row.customer_id, message=row, outcome=outcome, by=by[:254], at=now
    )
    profile = Profile.objects.select_for_update().get(pk=row.customer_id)
    if outcome != ApprovalOutcome.SKIPPED:
        profile.messages_approved += 1
        profile.save(update_fields=["messages_approved"])
    is_reviewed = profile.approval_mode == ApprovalMode.REVIEW_ALL
    if not is_reviewed and is_losing_acceptance(customer_id=row.customer_id):
        before = profile.approval_mode
        profile.approval_mode = ApprovalMode.REVIEW_ALL
        profile.save(update_fields=["approval_mode"])
        audit.record(
            AuditAction.APPROVAL_REINSTATED,
            at=now,
            actor=audit.SYSTEM,
            customer_id=row.customer_id,
            change=audit.Change(
                before={"approval_mode": before},
                after={"approval_mode": profile.approval_mode},
                note="Half of the last emails were edited or skipped. "
                "Every email needs approval again.",
            ),
        )
