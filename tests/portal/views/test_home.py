"""The first page a customer sees: the plan, the work, numbers that are true."""

from __future__ import annotations

import gc
import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Membership
from agents.leads.selectors.leads import REACHED
from agents.models import Lead, Message, Task
from agents.models.lead import LeadQuerySet
from agents.profile.selectors import list_next_steps
from agents.reports.selectors.dashboard import get_dashboard
from agents.states import LeadStatus, MessageStatus, TaskStatus
from hossagent import gunicorn_conf
from hossagent.config import BASE_DIR
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
    UserFactory,
)
from tests.helpers.clients import SiteClient
from tests.helpers.portal_world import make_world

pytestmark = pytest.mark.django_db

MAX_BYTES = 60_000


def reached(leads: LeadQuerySet, step: str) -> int:
    """How many the lead list shows for a step of the funnel."""
    return leads.filter(REACHED[step][1]).distinct().count()


def open_home(client: SiteClient) -> str:
    with time_machine.travel(NOON, tick=False):
        return client.get(reverse("portal:home")).content.decode()


def test_a_new_customer_is_told_what_will_appear(client: SiteClient, member: Membership) -> None:
    page = open_home(client)

    assert "As soon as your HossAgent starts working, you'll see completed tasks here." in page
    assert "You are in a 7-day free trial. 7 days remaining." in page


def test_the_page_keeps_the_order_plan_work_pipeline_next_help(
    client: SiteClient, member: Membership
) -> None:
    headings = re.findall(r'<h2 id="(\w+)"', open_home(client))

    assert headings == ["plan", "work", "pipeline", "next", "help"]


def test_finished_work_is_listed(client: SiteClient, member: Membership) -> None:
    TaskFactory.create(customer=member.customer, title="Still to do")
    TaskFactory.create(
        customer=member.customer,
        title="Market snapshot of Austin",
        status=TaskStatus.DONE,
        deliverable="# Text",
        finished_at=NOON,
        due_at=None,
    )

    page = open_home(client)

    assert "Market snapshot of Austin" in page
    assert "Still to do" not in page


def test_equal_work_is_drawn_on_each_customers_own_day(client: SiteClient) -> None:
    """Parts that are drawn once must not carry one customer's calendar to another."""
    shown = []
    for zone in ("America/New_York", "Pacific/Auckland"):
        membership = MembershipFactory.create(customer__timezone=zone)
        TaskFactory.create(
            pk=7,
            customer=membership.customer,
            title="Market snapshot",
            status=TaskStatus.DONE,
            deliverable="# Text",
            finished_at=NOON,
            due_at=None,
        )
        client.force_login(membership.user)
        shown += re.findall(r'data-label="Date">(.*?)<', open_home(client))
        Task.objects.all().delete()

    assert shown == ["Mar 4, 2026", "Mar 5, 2026"]


def test_a_worker_loads_all_addresses_before_it_serves() -> None:
    gunicorn_conf.post_worker_init(None)

    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert frozen > 0


def test_somebody_without_a_customer_gets_404(client: SiteClient) -> None:
    client.force_login(UserFactory.create())

    assert client.get(reverse("portal:home")).status_code == 404


def test_a_stranger_is_asked_to_sign_in(client: SiteClient) -> None:
    assert client.get("/portal/").headers["Location"] == "/login?next=/portal/"


def test_every_number_is_the_number_of_its_rows(member: Membership) -> None:
    customer = member.customer
    LeadFactory.create(customer=customer)
    contacted = LeadFactory.create(
        customer=customer, status=LeadStatus.CONTACTED, last_contacted_at=NOON
    )
    replied = LeadFactory.create(
        customer=customer,
        status=LeadStatus.REPLIED,
        last_contacted_at=NOON,
        replied_at=NOON,
        next_action_at=None,
    )
    ConversationFactory.create(lead=replied, last_reply_at=NOON, is_awaiting_answer=True)
    MessageFactory.create(
        lead=contacted, status=MessageStatus.DRY_RUN, due_at=None, finished_at=NOON
    )
    MessageFactory.create(lead=contacted, step=1, status=MessageStatus.AWAITING_APPROVAL)
    for n in range(2):
        TaskFactory.create(
            customer=customer,
            lead=replied,
            dedupe_key=f"n:{n}",
            status=TaskStatus.DONE,
            deliverable="# x",
            finished_at=NOON - timedelta(days=n),
            due_at=None,
        )
    make_world(marker="Somebody else")

    board = get_dashboard(customer=customer, now=NOON)

    leads = Lead.objects.for_customer(customer)
    assert board.funnel.found == leads.count() == 3
    assert board.funnel.contacted == reached(leads, "contacted") == 2
    assert board.funnel.replied == reached(leads, "replied") == 1
    assert board.funnel.qualified == reached(leads, "qualified") == 0
    assert board.funnel.worked == reached(leads, "worked") == 1
    assert (board.messages_out, board.approvals) == (1, 1)
    assert (board.conversations, board.conversations_awaiting) == (1, 1)
    assert (board.work_done, Task.objects.filter(customer=customer).count()) == (2, 2)
    assert board.activity.work == (0, 0, 0, 0, 0, 1, 1)
    assert board.activity.written == (0, 0, 0, 0, 0, 0, 1)


def test_a_day_is_a_day_where_the_customer_lives(member: Membership) -> None:
    customer = member.customer
    customer.timezone = "Pacific/Auckland"
    lead = LeadFactory.create(customer=customer)
    # Wednesday noon in New York is already Thursday in Auckland.
    MessageFactory.create(lead=lead, status=MessageStatus.DRY_RUN, due_at=None, finished_at=NOON)

    activity = get_dashboard(customer=customer, now=NOON).activity

    assert f"{activity.days[-1]:%A}" == "Thursday"
    assert activity.written[-1] == 1


def test_next_steps_put_people_first_and_name_what_is_missing(member: Membership) -> None:
    customer = member.customer
    customer.niche, customer.autopilot = "", False
    customer.profile.offer = customer.profile.postal_address = " "

    steps = list_next_steps(customer=customer, approvals=1, replies=1_200, now=NOON)

    assert [step.title for step in steps] == [
        "1,200 replies need your answer",
        "1 email needs your approval",
        "Choose who to look for",
        "Complete your business profile",
        "Turn on Autopilot",
    ]
    assert steps[2].text == "Without a niche, no leads can be found."
    assert "Still missing: what you sell and your postal address." in steps[3].text


def test_a_place_is_asked_for_and_not_said_to_be_needed(member: Membership) -> None:
    member.customer.geography = ""

    steps = list_next_steps(customer=member.customer, approvals=0, replies=0, now=NOON)

    assert [(step.title, step.text) for step in steps] == [
        (
            "Choose who to look for",
            "One city or state works best. Until you enter one, leads come from anywhere.",
        )
    ]


def test_outreach_says_what_why_and_when(client: SiteClient, member: Membership) -> None:
    message = MessageFactory.create(
        lead__customer=member.customer,
        lead__email="x@acme.example",
        status=MessageStatus.QUEUED,
        subject="A quieter front desk",
        held_code="window",
        held_reason="Outside the sending window.",
        due_at=NOON,
    )
    MessageFactory.create(
        lead__customer=member.customer,
        subject="Written already",
        status=MessageStatus.DRY_RUN,
        due_at=None,
        finished_at=NOON,
    )

    everything = client.get(reverse("portal:message_list")).content.decode()
    out = client.get(reverse("portal:message_list"), {"show": "out"}).content.decode()
    detail = client.get(reverse("portal:message_detail", args=[message.pk])).content.decode()

    assert "A quieter front desk" in everything
    assert "Written already" in everything
    assert ("A quieter front desk" in out, "Written already" in out) == (False, True)
    for words in ("DRY RUN", "SIMULATED", "Outside the sending window.", "Not before"):
        assert words in detail
    assert message.lead.reason in detail
    assert Message.objects.count() == 2


def test_home_weighs_less_than_sixty_kilobytes(client: SiteClient) -> None:
    world = make_world(marker="Marigold")
    client.force_login(world.membership.user)

    html = client.get(reverse("portal:home")).content
    files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', html.decode()))

    assert "css/base.css" in files
    assert len(html) + sum((BASE_DIR / "static" / f).stat().st_size for f in files) < MAX_BYTES
