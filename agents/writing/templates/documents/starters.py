"""The three documents that every new customer gets: whom, how many, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.sequence import DELAYS
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.briefs import MessageBrief
from agents.writing.templates.documents import parts
from agents.writing.templates.mail import compose_mail
from agents.writing.text import escape_markdown, sentence

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.pipeline_facts import PipelineFacts
    from agents.writing.selectors.task_briefs import TaskBrief

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_APPROVAL = {
    "review_all": "You approve every mail before it leaves.",
    "review_first": "You approve the first ten mails; after that they leave by themselves.",
    "autopilot": "Mails leave by themselves once every check has passed.",
}


def compose_ideal_customer_profile(brief: TaskBrief) -> str:
    """Who is worth writing to, how to tell, and what would sharpen the picture."""
    sender, pipeline = brief.sender, _pipeline(brief)
    offer = parts.offer(sender)
    own_words = sender.ideal_customer.strip()
    return parts.page(
        brief,
        "Ideal customer profile",
        parts.section(
            "In one sentence",
            f"{escape_markdown(sender.company)} looks for {parts.niche(sender)} in "
            f"{parts.place(sender)}.",
            f'What it offers them, in your words: "{offer}".' if offer else "",
            f"In your own words:\n\n{parts.quote(own_words)}" if own_words else "",
        ),
        parts.section("Five questions for every company", parts.numbered(_questions(brief))),
        parts.section(
            "How to read the answers",
            parts.bullets(
                [
                    "**Four or five times yes:** write this week, and name the sign you saw.",
                    "**Three times yes:** find the missing fact first; its web site is enough.",
                    "**Less:** leave it. A polite mail to the wrong company is still a wrong mail.",
                ]
            ),
        ),
        parts.section(
            "Who decides",
            _share_table("Role", pipeline.titles, pipeline.total),
            _nothing_stored(pipeline.titles, "No lead on your list has a role stored yet."),
        ),
        parts.section("Signs seen on your own list", _signs(pipeline)),
        parts.section("Whom to leave out", parts.bullets(_exclusions(brief, pipeline))),
        parts.section("What would sharpen this profile", parts.bullets(_gaps(brief))),
    )


def _pipeline(brief: TaskBrief) -> PipelineFacts:
    if brief.pipeline is None:
        raise ValueError(f"a {brief.kind} needs the list's facts")
    return brief.pipeline


def _questions(brief: TaskBrief) -> list[str]:
    sender, pipeline = brief.sender, _pipeline(brief)
    roles = parts.listed([escape_markdown(title, 60) for title, _ in pipeline.titles[:3]])
    seen = f" On your list these are {roles}." if roles else ""
    return [
        f"Is it one of the {parts.niche(sender)}, and does it work in {parts.place(sender)}?",
        f"Is there a named person who can say yes?{seen}",
        "Is there a sign, on a page you can point to, that what you offer would matter now?",
        "Can you say in one sentence what would be different for them in three months?",
        "Do they publish a business address to write to?",
    ]


def _share_table(name: str, rows: tuple[tuple[str, int], ...], total: int) -> str:
    return parts.table(
        (name, "Leads", "Share"),
        [
            (escape_markdown(value, 80), count, f"{round(100 * count / total)} %")
            for value, count in rows
        ]
        if total
        else [],
    )


def _nothing_stored(rows: tuple[tuple[str, int], ...], words: str) -> str:
    return "" if rows else words


def _signs(pipeline: PipelineFacts) -> str:
    signs = []
    for lead in pipeline.examples:
        found = parts.telling_facts(lead)
        if found:
            signs.append(found[0])
    if not signs:
        return "None stored yet. They appear here as leads with facts come in."
    return parts.bullets(signs[:5])


def _exclusions(brief: TaskBrief, pipeline: PipelineFacts) -> list[str]:
    opted_out = (
        f"Companies that asked not to be written to "
        f"({parts.plural(pipeline.opted_out, 'lead')} so far): the agents leave them out by themselves."
    )
    return [
        opted_out,
        (
            "Your present clients and partners: put their domains on the do-not-contact list "
            "in Settings."
        ),
        f"Companies outside {parts.place(brief.sender)}, however good they look.",
        "Private mailboxes and anybody whose role you cannot name.",
    ]


def _gaps(brief: TaskBrief) -> list[str]:
    sender = brief.sender
    gaps = [
        (sender.offer, "Say in Settings what you sell, in one sentence a client would use."),
        (
            sender.ideal_customer,
            "Describe in Settings your best client so far: size, role, reason.",
        ),
        (sender.niche, "Name your niche in Settings; the search goes nowhere without it."),
        (sender.geography, "Name your geography in Settings: a city or region works best."),
        (sender.postal_address, "Add your postal address in Settings; no mail leaves without it."),
    ]
    missing = [words for value, words in gaps if not value.strip()]
    return missing or [
        "Mark leads as qualified, or close them, as you talk to people. The next profile counts them."
    ]


def compose_market_snapshot(brief: TaskBrief) -> str:
    """The customer's list as a picture of the market, with its limits said aloud."""
    sender, pipeline = brief.sender, _pipeline(brief)
    made_up = (
        f"**{pipeline.fictional} of {pipeline.total} are made-up companies** that show how the "
        "service works; they are no market data."
        if pipeline.fictional
        else ""
    )
    total = pipeline.total
    return parts.page(
        brief,
        f"Market snapshot: {parts.niche(sender)} in {parts.place(sender)}",
        f"This counts the {parts.plural(total, 'lead')} on your list on {parts.day(brief.as_of)}. "
        "It is the part of the market that was found so far, not all of it.",
        made_up,
        parts.section(
            "At a glance",
            parts.table(
                ("", "Leads"),
                [
                    ("Found", total),
                    ("With a named person", pipeline.with_person),
                    ("With an address to write to", pipeline.with_address),
                    ("Written to", pipeline.contacted),
                    ("Answered", pipeline.answered),
                    ("Interested", pipeline.qualified),
                ],
            ),
        ),
        parts.section("Where they are", _share_table("Place", pipeline.locations, total)),
        parts.section("Who decides there", _share_table("Role", pipeline.titles, total)),
        parts.section("Companies to know", _companies(pipeline)),
        parts.section("What it says", parts.bullets(_reading(pipeline))),
    )


def _companies(pipeline: PipelineFacts) -> str:
    return parts.table(
        ("Company", "Person", "Worth knowing"),
        [
            (parts.company(lead), parts.person(lead) or "not stored", _worth_knowing(lead))
            for lead in pipeline.examples
        ],
    )


def _worth_knowing(lead: LeadFacts) -> str:
    found = parts.telling_facts(lead)
    return parts.without_name(lead, found[0]) if found else escape_markdown(lead.reason, 220)


def _reading(pipeline: PipelineFacts) -> list[str]:
    total = pipeline.total
    if not total:
        return ["No leads are stored yet. They come with the next passes, or import your own list."]
    lines = []
    if pipeline.locations:
        place, count = pipeline.locations[0]
        lines.append(
            f"{escape_markdown(place, 80)} is where most of them are ({count} of {total}); "
            "a local example will carry further than a general one."
        )
    if pipeline.titles:
        role, count = pipeline.titles[0]
        lines.append(
            f"The role met most often is {escape_markdown(role, 60)} ({count} of {total}); "
            "write the first sentence for that person."
        )
    unnamed, unreachable = total - pipeline.with_person, total - pipeline.with_address
    if unnamed:
        lines.append(
            f"{parts.plural(unnamed, 'lead has', 'leads have')} no named person; mails to them "
            "begin without a name."
        )
    if unreachable:
        lines.append(
            f"{parts.plural(unreachable, 'lead has', 'leads have')} no address yet and cannot be "
            "written to until one is found on their own site."
        )
    if not pipeline.contacted:
        lines.append("Nobody was written to yet, so answer rates cannot be told.")
    return lines


def compose_outreach_playbook(brief: TaskBrief) -> str:
    """What prospects will read, when, and what happens when they answer."""
    sender, outreach = brief.sender, brief.outreach
    days = parts.listed([_WEEKDAYS[number] for number in sorted(outreach.weekdays)])
    return parts.page(
        brief,
        "Outreach playbook",
        parts.section(
            "The rules of your outreach",
            parts.bullets(
                [
                    f"**To whom:** {parts.niche(sender)} in {parts.place(sender)}.",
                    (
                        f"**From whom:** {escape_markdown(sender.sender_name) or 'not stored yet'}, "
                        f"{escape_markdown(sender.company)}."
                    ),
                    (
                        f"**When:** {outreach.window} on {days}, by the reader's clock where it is known "
                        f"and by yours ({escape_markdown(outreach.timezone)}) where it is not."
                    ),
                    f"**Who decides:** {_APPROVAL[outreach.approval]}",
                    (
                        f"**How often:** one opener and {len(DELAYS) - 1} follow-ups at most, {_waits()} later "
                        "each. An answer of any kind ends the sequence."
                    ),
                ]
            ),
        ),
        parts.section("What your prospects read", *_sample_mails(brief)),
        parts.section(
            "What never leaves",
            parts.bullets(
                [
                    "A claim about a company that is not stored with its source.",
                    'A first mail that begins with "Re:", shouts, or asks two things at once.',
                    "A mail without your postal address and a link to opt out.",
                    "A second mail to somebody who opted out, bounced or answered.",
                ]
            ),
        ),
        parts.section(
            "When they answer",
            parts.table(
                ("They say", "What happens", "Your part"),
                [
                    (
                        "Yes, tell me more",
                        "The lead is qualified and three documents are made",
                        "Answer the same day; a draft is waiting",
                    ),
                    ("A question", "The sequence stops", "Answer it in your own words"),
                    (
                        "Ask somebody else",
                        "The sequence stops",
                        "Thank them, then write to that person",
                    ),
                    ("Not now", "The sequence stops", "Put the date in your calendar"),
                    ("No", "The lead is closed", "Nothing"),
                    ("Stop writing to me", "The address is blocked for good", "Nothing"),
                ],
            ),
        ),
        parts.section("Before the first mail leaves", parts.bullets(_gaps(brief))),
    )


def _waits() -> str:
    return f"{parts.listed([str(delay.days) for delay in DELAYS[1:]])} days"


def _sample_mails(brief: TaskBrief) -> list[str]:
    """The real copy for the first lead of the list that has all it needs."""
    examples, obstacle = _pipeline(brief).examples, ""
    for lead in examples:
        try:
            mails = [
                compose_mail(MessageBrief(lead, brief.sender, step, "(your reader's own link)"))
                for step in range(len(DELAYS))
            ]
        except UnresolvedPlaceholder as error:
            obstacle = obstacle or error.sentence
            continue
        names = ("The opener", "The follow-up", "The last note")
        samples = [
            f"**{name}**\n\n{parts.code(f'Subject: {subject}{chr(10) * 2}{body}')}"
            for name, (subject, body) in zip(names, mails, strict=False)
        ]
        return [f"Written for {parts.company(lead)}, a lead on your list:", *samples]
    if obstacle:
        return [f"They cannot be written yet. {escape_markdown(sentence(obstacle))}"]
    return ["They are written as soon as the first lead is on your list."]
