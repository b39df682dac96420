"""Deliverables: real documents from stored facts, and safe whatever the facts hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.models import Task
from agents.states import InboundStatus, LeadStatus, MessageStatus, TaskStatus
from agents.task_types import TASK_TYPES
from agents.work.services.tasks import create_task, run_next_task
from agents.writing.lint import find_placeholder
from agents.writing.selectors.briefs import Fact, LeadFacts, SenderFacts
from agents.writing.selectors.pipeline_facts import PipelineFacts
from agents.writing.selectors.task_briefs import OutreachFacts, TaskBrief, task_brief
from agents.writing.selectors.thread_facts import ThreadEntry
from agents.writing.selectors.week_facts import ReplyFacts, WeekFacts, WeekNumbers
from agents.writing.services import get_writer
from hossagent.lib.markdown import to_html
from hossagent.lib.text import Untrusted
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

EVIL = Untrusted("<script>alert(1)</script> [x](javascript:y) **bold** | cell\n# head `code`")


def make_lead(**values: Any) -> LeadFacts:
    return LeadFacts(
        **{
            "lead_id": 7,
            "company": "Northgate Dental",
            "contact_name": "Grace Hopper",
            "contact_title": "Practice owner",
            "location": "Austin, Texas",
            "website": "https://northgate.example/",
            "reason": "Northgate Dental is a dental practice that takes calls only.",
            "evidence": (Fact(Untrusted("Northgate Dental takes calls only."), "its own site"),),
            **values,
        }
    )


def make_brief(kind: str, lead: LeadFacts | None = None) -> TaskBrief:
    lead = lead or make_lead()
    return TaskBrief(
        task_id=1,
        kind=kind,
        title=TASK_TYPES[kind].title,
        as_of=date(2026, 3, 4),
        sender=SenderFacts(
            customer_id=1,
            company="Bright Agency",
            niche="Dental clinics",
            geography="Austin, Texas",
            offer="Online booking",
            ideal_customer="",
            tone="",
            sender_name="Ada Byron",
            postal_address="1 Main Street, Austin, TX 78701",
        ),
        outreach=OutreachFacts("09:00 to 17:00", (0, 1, 2, 3, 4), "America/Chicago", "autopilot"),
        lead=lead,
        thread=(
            ThreadEntry(
                on=date(2026, 3, 3),
                is_ours=False,
                subject="Re: hello",
                text=Untrusted(f"{lead.company}? What does it cost?"),
                label="interested",
            ),
        ),
        pipeline=PipelineFacts(
            total=4,
            fictional=0,
            with_person=3,
            with_address=4,
            contacted=2,
            answered=1,
            qualified=1,
            opted_out=0,
            titles=((lead.contact_title, 3),),
            locations=((lead.location, 4),),
            examples=(lead,),
        ),
        week=WeekFacts(
            name="2026-W09",
            monday=date(2026, 2, 23),
            sunday=date(2026, 3, 1),
            numbers=WeekNumbers((("upload", 4),), sent=3, replies=(("interested", 1),)),
            before=WeekNumbers((), sent=5),
            replies=(
                ReplyFacts(date(2026, 2, 25), lead.company, "interested", Untrusted("Yes."), False),  # noqa: FBT003 # not simulated
            ),
        ),
    )


WANTED = {
    "ideal_customer_profile": ["dental clinics in Austin, Texas", "Practice owner | 3 | 75 %"],
    "market_snapshot": ["| Found | 4 |", "| Northgate Dental | Grace Hopper, Practice owner |"],
    "outreach_playbook": [
        "Subject: ",
        "Hi Grace,",
        "09:00 to 17:00 on Monday",
        "2 follow-ups at most, 3 and 5 days later",
    ],
    "prospect_brief": ["takes calls only.", "its own site", "> Northgate Dental? What does it"],
    "meeting_agenda": ["Meeting agenda: Northgate Dental and Bright Agency", "| 26 to 30 |"],
    "proposal_outline": ["Proposal outline: Bright Agency for Northgate", "none is given"],
    "reply_draft": ["    Hi Grace,", 'You asked: "What does it cost?"', "Nothing is sent by"],
    "weekly_report": ["| Mails sent | 3 | 5 | -2 |", "**Northgate Dental** (February 25)"],
}


@pytest.mark.parametrize("kind", TASK_TYPES)
def test_each_document_holds_its_facts_and_says_who_wrote_it(kind: str) -> None:
    document = get_writer().write_deliverable(make_brief(kind))

    assert [words for words in WANTED[kind] if words not in document.markdown] == []
    assert document.written_by == "templates"
    assert "Written by templates" in document.markdown
    assert find_placeholder(document.markdown) == ""
    assert len(document.markdown.split()) > 100


@pytest.mark.parametrize("kind", TASK_TYPES)
def test_hostile_facts_stay_text(kind: str) -> None:
    lead = make_lead(
        company=EVIL,
        contact_name=EVIL,
        contact_title=EVIL,
        location=EVIL,
        website=EVIL,
        reason=EVIL,
        evidence=(Fact(EVIL, EVIL),),
    )
    document = get_writer().write_deliverable(make_brief(kind, lead)).markdown

    html = to_html(document)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<a " not in html
    assert "<strong>bold</strong>" not in html
    assert "<h1>head" not in html
    assert document.count("\n# ") == 0


def test_an_empty_account_gets_documents_that_say_what_is_missing() -> None:
    for kind in ("ideal_customer_profile", "market_snapshot", "outreach_playbook"):
        brief = make_brief(kind)
        nothing = PipelineFacts(0, 0, 0, 0, 0, 0, 0, 0, (), (), ())
        empty = replace(
            brief,
            pipeline=nothing,
            sender=SenderFacts(1, "New Agency", "", "", "", "", "", "", ""),
        )

        text = get_writer().write_deliverable(empty).markdown

        assert "None" not in text.replace("None stored yet.", "")
        assert ("No leads are stored yet" in text) == (kind == "market_snapshot")
        assert ("Say in Settings what you sell" in text) == (kind != "market_snapshot")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[a](javascript:alert(1))", '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            "[a](https://a.test/)",
            '<a href="https://a.test/" rel="noopener noreferrer nofollow">a</a>',
        ),
        ("![x](https://a.test/x.png)", ""),
        ("<style>p{}</style>", ""),
    ],
)
def test_rendering_keeps_text_and_drops_what_acts(text: str, shown: str) -> None:
    html = to_html(f"before {text} after")

    if text.startswith("<b>"):
        assert "<b>" not in html
    else:
        assert shown in html
    assert "<img" not in html
    assert "javascript" not in html
    assert "<style" not in html


def test_headings_move_below_the_pages_own_title() -> None:
    assert to_html("# A\n\n## B", level=2) == "<h2>A</h2>\n<h3>B</h3>"


@pytest.mark.django_db
def test_every_kind_is_delivered_from_rows(now: datetime) -> None:
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
    assert "| Mails simulated (dry run) | 1 | 0 | +1 |" in report
    assert "| Leads qualified | 1 | 0 | +1 |" in report


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["market_snapshot", "weekly_report", "prospect_brief"])
def test_a_brief_costs_the_same_for_one_lead_and_for_thirty(
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
