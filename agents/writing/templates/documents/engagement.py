"""Work about one qualified lead: who they are, how to meet them, what to propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.text import escape_markdown, sentence

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.task_briefs import TaskBrief

_STANCE = {
    "interested": "They want to hear more. Propose two times, and keep it short.",
    "question": "They asked something. Answer that first; everything else can wait.",
    "referral": "They point to somebody else. Thank them and ask that person in their name.",
    "not_now": "The timing is wrong. Agree on when, and do not push.",
    "not_interested": "They said no. Prepare nothing; be glad of a clear answer.",
    "unclear": "What they want is not clear. Ask one open question.",
}


def the_lead(brief: TaskBrief) -> LeadFacts:
    if brief.lead is None:
        raise ValueError(f"a {brief.kind} is about a lead, and it was deleted")
    return brief.lead


def compose_prospect_brief(brief: TaskBrief) -> str:
    """All that is known before the first call, with sources, and what is not known."""
    lead = the_lead(brief)
    reply = parts.newest_reply(brief.thread)
    stance = _STANCE.get(reply.label, "") if reply else ""
    return parts.page(
        brief,
        f"Prospect brief: {parts.company(lead)}",
        parts.section("Who they are", _who(lead)),
        parts.section("Why they are on your list", escape_markdown(sentence(lead.reason, 300))),
        parts.section("What is known", _known(lead)),
        parts.section("What was said", _thread(brief)),
        parts.section("Where they stand", stance),
        parts.section("Talking points", parts.numbered(_talking_points(brief, lead))),
        parts.section("Not known yet", parts.bullets(_unknown(lead))),
    )


def _who(lead: LeadFacts) -> str:
    rows = [
        ("Company", parts.company(lead)),
        ("Person", parts.person(lead)),
        ("Place", escape_markdown(lead.location)),
        ("Web site", escape_markdown(lead.website)),
    ]
    return parts.table(("", ""), [(name, value) for name, value in rows if value])


def _known(lead: LeadFacts) -> str:
    rows = [
        (escape_markdown(sentence(fact.text, 240)), parts.source_words(fact.source) or "not stored")
        for fact in lead.evidence
    ]
    return parts.table(("Fact", "Where it was read"), rows) or (
        "No facts are stored about them. Look at their web site before you call."
    )


def _thread(brief: TaskBrief) -> str:
    if not brief.thread:
        return "Nothing yet: this lead was qualified by hand."
    blocks = []
    for entry in brief.thread:
        simulated = " (simulated)" if entry.is_simulated else ""
        if entry.is_ours:
            blocks.append(
                f'**{parts.short_day(entry.on)}, you wrote{simulated}:** "{escape_markdown(entry.subject)}"'
            )
        else:
            label = parts.LABEL_WORDS.get(entry.label, entry.label)
            blocks.append(
                f"**{parts.short_day(entry.on)}, they answered{simulated}** ({label}):\n\n"
                f"{parts.quote(entry.text)}"
            )
    return "\n\n".join(blocks)


def _talking_points(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    offer = parts.offer(brief.sender)
    points = []
    reply = parts.newest_reply(brief.thread)
    if reply is not None:
        points.append("Begin with their own words, quoted above, before you say anything else.")
    points += [
        f'"{fact}" Ask what led to it and what it changed for them.'
        for fact in parts.telling_facts(lead)[:3]
    ]
    if offer:
        points.append(
            f'Only then say what you do, "{offer}", and what it changed for one client you may name.'
        )
    else:
        points.append("Only then say what you offer. It is not in Settings yet; put it there.")
    points.append("End with one next step and a day for it.")
    return points


def _unknown(lead: LeadFacts) -> list[str]:
    questions = [
        (lead.contact_name, "Who decides: no person is stored."),
        (lead.contact_title, "What the person's role is."),
        (lead.location, "Where they are."),
        (lead.website, "Their web site."),
    ]
    missing = [words for value, words in questions if not value.strip()]
    return [*missing, "Their budget, their timing and who else has a say: ask in the meeting."]


def compose_meeting_agenda(brief: TaskBrief) -> str:
    """Thirty minutes that can be sent to the prospect as they are, and notes for oneself."""
    lead = the_lead(brief)
    company, us = parts.company(lead), escape_markdown(brief.sender.company)
    offer = parts.offer(brief.sender)
    show = f'How {us} would help: "{offer}"' if offer else f"How {us} would help"
    reply = parts.newest_reply(brief.thread)
    return parts.page(
        brief,
        f"Meeting agenda: {company} and {us}",
        parts.section(
            "Aim",
            f"Find out together whether {us} can help {company}, and if so, agree on the next step. "
            "A clear no is a good result too.",
        ),
        parts.section(
            "Agenda (30 minutes)",
            parts.table(
                ("Minutes", "Topic", "Who leads"),
                [
                    ("0 to 3", "Hello, and what each side wants from the half hour", us),
                    ("3 to 13", "How things work today, what is in the way", company),
                    ("13 to 21", show, us),
                    ("21 to 26", "What would have to be true for this to be worth it", "both"),
                    ("26 to 30", "Next step, with a name and a date", "both"),
                ],
            ),
        ),
        parts.section("Questions to ask", parts.numbered(_meeting_questions(brief, lead))),
        parts.section(
            "Keep in mind",
            f"They wrote on {parts.short_day(reply.on)}:\n\n{parts.quote(reply.text, 300)}"
            if reply
            else "",
        ),
        parts.section(
            "Afterwards, the same day",
            parts.bullets(
                [
                    "Send three lines: what you heard, what you agreed, who does what by when.",
                    "Write down their own words for the problem; the proposal begins with them.",
                    "Close the lead if it was a no. Your list stays honest.",
                ]
            ),
        ),
    )


def _meeting_questions(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    known = parts.telling_facts(lead)
    first = (
        f'We read: "{known[0]}" How did that come about?'
        if known
        else "What made you answer our mail?"
    )
    return [
        first,
        "What happens if nothing changes this year?",
        "Who else would notice the difference, and who would pay for it?",
        "What have you tried before, and why did it stop?",
        "How do you decide on something like this, and by when would you like to?",
    ]


def compose_proposal_outline(brief: TaskBrief) -> str:
    """The skeleton of a proposal, filled where facts are stored and honest where not."""
    lead = the_lead(brief)
    company, us = parts.company(lead), escape_markdown(brief.sender.company)
    offer = parts.offer(brief.sender)
    reply = parts.newest_reply(brief.thread)
    said = f"In their words:\n\n{parts.quote(reply.text, 400)}" if reply else ""
    return parts.page(
        brief,
        f"Proposal outline: {us} for {company}",
        "An outline to fill after the meeting. Two pages are enough; the sections are in the "
        "order in which they are read.",
        parts.section(
            "1. Your situation",
            said,
            parts.bullets(parts.telling_facts(lead) or parts.facts(lead)),
            "*After the meeting: replace the facts above by the problem in their own words.*",
        ),
        parts.section(
            "2. What will be different",
            f"One sentence on the result for {company}, with a number that **they** named. "
            "Without such a number, name what they will stop doing.",
        ),
        parts.section(
            "3. What we will do",
            f'The core of it, in your words: "{offer}".'
            if offer
            else "What you offer is not in Settings yet; say it here in one sentence.",
            parts.table(
                ("Step", "Content", "Done when"),
                [
                    (
                        "Begin",
                        "Look at how it works today; agree on what to measure",
                        "Both sides have signed off one page",
                    ),
                    (
                        "Build",
                        "Set it up with one team or one place first",
                        "It runs there for two weeks",
                    ),
                    (
                        "Widen",
                        f"Roll it out to the rest of {company}",
                        "The agreed measure is reached",
                    ),
                ],
            ),
        ),
        parts.section(
            "4. What we need from you",
            parts.bullets(
                [
                    f"One person who decides: {parts.person(lead) or 'to be named in the meeting'}.",
                    "An hour a week during the first month.",
                    "Access to whatever is to be changed, before the start.",
                ]
            ),
        ),
        parts.section(
            "5. Price and terms",
            "Your prices are not stored here, so none is given. State one price for the first step "
            "alone, what it includes, and until when the offer stands.",
        ),
        parts.section(
            "6. Next step",
            f"One line for {company} to say yes to: a start date, and a name on each side.",
        ),
        parts.section("Check before you send", parts.bullets(_proposal_checks(brief, lead))),
    )


def _proposal_checks(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    checks = [
        "Every fact in section 1 is still true, and they would agree with it.",
        "There is one price and one date in it.",
        "Somebody who was not in the meeting understands it.",
    ]
    if not lead.contact_name:
        checks.append("The person who decides is named.")
    if not brief.sender.offer:
        checks.append("Section 3 says what you do in words a client would use.")
    return checks
