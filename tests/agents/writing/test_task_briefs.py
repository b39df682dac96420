"""Every document is written from rows, with a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.models import Task
from agents.states import InboundStatus, LeadStatus, MessageStatus, TaskStatus
from agents.task_types import TASK_TYPES
from agents.work.services.tasks import create_task, run_next_task
from agents.writing.selectors.task_briefs import task_brief
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
    SubscriptionFactory,
    TaskFactory,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def test_every_kind_of_document_is_written_from_rows(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None, created_at=now - timedelta(days=30))
    SubscriptionFactory.create(customer=customer, complimentary=True)
    lead = LeadFactory.create(
        customer=customer,
        company="Northgate Dental",
        status=LeadStatus.QUALIFIED,
        qualified_at=now,
        next_action_at=None,
        evidence=[{"text": "Northgate Dental takes calls only.", "source": "https://n.example/"}],
    )
    MessageFactory.create(
        lead=lead, status=MessageStatus.DRY_RUN, finished_at=now, due_at=None, subject="Hello you"
    )
    InboundMessageFactory.create(
        customer=customer,
        conversation=ConversationFactory.create(lead=lead),
        status=InboundStatus.PROCESSED,
        due_at=None,
        label="interested",
        text="Yes, tell me more.",
    )
    for kind in TASK_TYPES.values():
        create_task(
            customer=customer,
            kind=kind.key,
            dedupe_key="week:2026-W10",
            lead=lead if kind.needs_lead else None,
            now=now,
        )

    while run_next_task(now=now):
        pass

    tasks = {task.kind: task for task in Task.objects.all()}
    assert {task.status for task in tasks.values()} == {TaskStatus.DONE}
    assert '"Hello you"' in tasks["prospect_brief"].deliverable
    assert "> Yes, tell me more." in tasks["reply_draft"].deliverable
    report = tasks["weekly_report"].deliverable
    assert "| Emails simulated (dry run) | 1 | 0 | +1 |" in report
    assert "| Leads qualified | 1 | 0 | +1 |" in report


@pytest.mark.parametrize("kind", ["market_snapshot", "weekly_report", "prospect_brief"])
def test_brief_costs_the_same_for_one_lead_and_thirty(
    kind: str, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lead = LeadFactory.create()
    LeadFactory.create_batch(30, customer=lead.customer)
    made = TaskFactory.create(
        customer=lead.customer, kind=kind, lead=lead, dedupe_key="week:2026-W10"
    )
    task = Task.objects.select_related("customer__profile", "lead").get(pk=made.pk)

    with django_assert_max_num_queries(18):
        task_brief(task=task, now=now)
