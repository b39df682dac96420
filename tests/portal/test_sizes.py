"""A page costs the same number of queries however much a customer has."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import Conversation, Lead, Message, Task
from agents.states import MessageStatus, TaskStatus
from tests.conftest import NOON
from tests.helpers.clients import SiteClient
from tests.helpers.portal_world import World, make_world, pages

pytestmark = pytest.mark.django_db

MANY = 3_000


def fill(world: World, *, start: int, count: int) -> None:
    """`count` leads, each with a message, a conversation and a finished task."""
    customer = world.customer
    leads = Lead.objects.bulk_create(
        Lead(
            customer=customer,
            company=f"Company {n}",
            company_key=f"company {n}",
            email=f"x@company{n}.com",
            email_key=f"x@company{n}.com",
            domain=f"company{n}.com",
            source="test",
            reason="It fits.",
            created_at=NOON,
            last_contacted_at=NOON,
        )
        for n in range(start, start + count)
    )
    Message.objects.bulk_create(
        Message(
            customer=customer,
            lead=lead,
            step=0,
            mode="dry_run",
            status=MessageStatus.AWAITING_APPROVAL if n % 2 else MessageStatus.DRY_RUN,
            due_at=NOON if n % 2 else None,
            finished_at=None if n % 2 else NOON,
            subject="Hello",
            body="Text",
            written_by="templates",
            created_at=NOON,
        )
        for n, lead in enumerate(leads)
    )
    Conversation.objects.bulk_create(
        Conversation(customer=customer, lead=lead, created_at=NOON, last_reply_at=NOON)
        for lead in leads
    )
    Task.objects.bulk_create(
        Task(
            customer=customer,
            lead=lead,
            kind="prospect_brief",
            dedupe_key=f"size:{lead.pk}",
            title="Prospect brief",
            status=TaskStatus.DONE,
            deliverable="# Brief",
            reward_cents=1_500,
            created_at=NOON,
            finished_at=NOON,
        )
        for lead in leads
    )


def count_queries(client: SiteClient, urls: dict[str, str]) -> dict[str, int]:
    counted = {}
    for name, url in urls.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        counted[name] = len(queries)
    return counted


def test_every_page_costs_the_same_at_3_and_at_3000_rows(client: SiteClient) -> None:
    world = make_world(marker="Marigold")
    client.force_login(world.membership.user)
    urls = pages(world)
    fill(world, start=0, count=2)
    count_queries(client, urls)
    few = count_queries(client, urls)

    fill(world, start=10, count=MANY)
    many = count_queries(client, urls)

    assert many == few
    assert few["home"] <= 14
