"""What a writer is given in tests: one lead, one mail, one document."""

from __future__ import annotations

from datetime import date
from typing import Any

from agents.task_types import TASK_TYPES
from agents.writing.selectors.briefs import Fact, LeadFacts, MessageBrief, SenderFacts
from agents.writing.selectors.pipeline_facts import PipelineFacts
from agents.writing.selectors.task_briefs import OutreachFacts, TaskBrief
from agents.writing.selectors.thread_facts import ThreadEntry
from agents.writing.selectors.week_facts import ReplyFacts, WeekFacts, WeekNumbers
from hossagent.lib.text import Untrusted

ADDRESS = "Bright Agency\n1 Main Street, Austin, TX 78701"
LINK = "https://app.hossagent.example/u/0123456789abcdef0123456789abcdef/"


def make_mail_brief(step: int = 0, *, sender: Any = None, **lead: Any) -> MessageBrief:
    """A mail to Northgate Dental; `sender` and `lead` change what is stored."""
    facts: dict[str, Any] = {
        "lead_id": 7,
        "company": "Northgate Dental",
        "contact_name": "Dr. Grace Hopper",
        "contact_title": "Practice owner",
        "location": "Austin, Texas",
        "website": "https://northgate.example",
        "reason": "A dental clinic in Austin.",
        "evidence": (
            Fact(Untrusted("Northgate Dental runs two offices and takes bookings by phone")),
            Fact(Untrusted("It has been open since 1998.")),
        ),
        **lead,
    }
    return MessageBrief(
        lead=LeadFacts(**facts),
        sender=SenderFacts(
            **{
                "customer_id": 1,
                "company": "Bright Agency",
                "niche": "Dental clinics",
                "geography": "Austin, Texas",
                "offer": "Online booking that fills the gaps in the calendar",
                "ideal_customer": "",
                "tone": "",
                "sender_name": "Ada Byron",
                "postal_address": ADDRESS,
                **(sender or {}),
            }
        ),
        step=step,
        opt_out_url=LINK,
    )


def make_lead(**values: Any) -> LeadFacts:
    """What is stored about Northgate Dental."""
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


def make_task_brief(kind: str, lead: LeadFacts | None = None) -> TaskBrief:
    """A document of that kind, with a thread, a list and a week."""
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
