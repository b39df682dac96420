"""The opener and its follow-ups, worded from stored facts, in a few steady variants.

Which variant a lead gets follows from its id, so that planning a mail again words it
the same way. Nothing is claimed that is not in the brief; one question per mail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.lint import MAX_SUBJECT, find_placeholder, looks_like_reply, squeeze
from agents.writing.text import (
    clip,
    greeting_name,
    is_formal,
    lower_first,
    pick,
    says_what_it_is,
    sentence,
    upper_first,
    wrap,
)
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.writing.selectors.briefs import LeadFacts, MessageBrief, SenderFacts

_SPEAKS_FOR_ITSELF = re.compile(r"(we|i|our)\b", re.IGNORECASE)


def compose_mail(brief: MessageBrief) -> tuple[str, str]:
    """Subject and body. Raises `UnresolvedPlaceholder` naming the fact and the lead."""
    _require(brief)
    subject = compose_subject(brief)
    if brief.step == 0:
        paragraphs = _opener(brief)
    elif brief.step == 1:
        paragraphs = _reminder(brief)
    else:
        paragraphs = _farewell(brief)
    body = frame_mail(brief, paragraphs)
    left = find_placeholder(f"{subject}\n{body}")
    if left:
        raise UnresolvedPlaceholder(
            fact=left,
            lead_id=brief.lead.lead_id,
            sentence=f"A stored value contains {left}. Correct the lead or your profile.",
        )
    return subject, body


def frame_mail(brief: MessageBrief, paragraphs: Sequence[str]) -> str:
    """The paragraphs between the greeting and the footer that every mail has."""
    texts = [_greeting(brief), *paragraphs]
    return "\n\n".join([*(wrap(text) for text in texts), _footer(brief)]) + "\n"


def _require(brief: MessageBrief) -> None:
    sender = brief.sender
    needed = [
        ("lead company", brief.lead.company, "Give the lead a company name."),
        ("sender name", sender.sender_name, "Add your sender name in Settings."),
        ("company", sender.company, "Add your company name in Settings."),
        ("postal address", sender.postal_address, "Add your postal address in Settings."),
        ("offer", sender.offer or sender.niche, "Say what you sell in Settings."),
        ("opt-out link", brief.opt_out_url, "Plan the email again."),
    ]
    for fact, value, remedy in needed:
        if not single_line(value):
            raise UnresolvedPlaceholder(fact=fact, lead_id=brief.lead.lead_id, sentence=remedy)


def compose_subject(brief: MessageBrief) -> str:
    """A plain subject; follow-ups carry the opener's with "Re:", because they thread on it."""
    opener = single_line(brief.opener_subject, MAX_SUBJECT) or _opener_subject(brief)
    return opener if brief.step == 0 else f"Re: {opener}"


def _opener_subject(brief: MessageBrief) -> str:
    company, us = _company(brief.lead), single_line(brief.sender.company, 80)
    offer = clip(brief.sender.offer, MAX_SUBJECT).rstrip(".")
    options = [f"A question for {company}", f"{us} and {company}", f"A short note for {company}"]
    if offer and not _SPEAKS_FOR_ITSELF.match(offer):
        options = [f"{upper_first(offer)} for {company}", upper_first(offer), *options]
    fitting = [text for text in options if len(text) <= MAX_SUBJECT and not looks_like_reply(text)]
    if not fitting:
        return clip(f"A short note from {us}", MAX_SUBJECT)
    return pick(fitting, seed=brief.lead.lead_id, salt="subject")


def _company(lead: LeadFacts) -> str:
    return clip(lead.company, 80)


def _greeting(brief: MessageBrief) -> str:
    formal = is_formal(brief.sender.tone)
    name = greeting_name(brief.lead.contact_name, formal=formal)
    if not name:
        return "Hello,"
    return f"Dear {name}," if formal else f"Hi {name},"


def _facts(lead: LeadFacts) -> list[str]:
    """What may be stated about the lead, one sentence each; questions are left out.

    A sentence that only says what and where the company is tells its owner nothing.
    """
    found = [sentence(fact.text) for fact in lead.evidence if "?" not in fact.text]
    return [text for text in found if text and not says_what_it_is(text)]


def _area(sender: SenderFacts) -> str:
    niche, place = clip(sender.niche, 80), clip(sender.geography, 80)
    if niche and place:
        return f"{lower_first(niche)} in {place}"
    return lower_first(niche) or (f"companies in {place}" if place else "companies like yours")


def _offer(sender: SenderFacts, *, seed: int) -> str:
    """What the customer sells, as a sentence of its own."""
    us, offer = clip(sender.company, 80), sentence(sender.offer, 160)
    if not offer:
        return f"{us} is looking for {_area(sender)} to work with."
    if _SPEAKS_FOR_ITSELF.match(offer):
        return f"At {us}, {lower_first(offer)}" if offer[:2].lower() == "we" else upper_first(offer)
    forms = (f"What we do at {us}: {lower_first(offer)}", f"{us} in one line: {lower_first(offer)}")
    return pick(forms, seed=seed, salt="offer")


def _reason(brief: MessageBrief) -> str:
    """Why this company: a stored fact where there is one that says something."""
    lead, sender = brief.lead, brief.sender
    company, facts = _company(lead), _facts(lead)
    if not facts:
        options = (
            f"I am getting in touch with {_area(sender)}, and {company} is on my list.",
            f"I came across {company} while looking at {_area(sender)}.",
        )
    elif facts[0].startswith(company):
        options = (
            f"While looking at {_area(sender)}, I noticed that {facts[0]}",
            f"I saw that {facts[0]} That is why I am writing to you.",
        )
    else:
        options = (
            f"I came across {company} while looking at {_area(sender)}. {facts[0]}",
            f"One thing about {company} made me write. {facts[0]}",
        )
    return pick(options, seed=lead.lead_id, salt="reason")


def _opener(brief: MessageBrief) -> list[str]:
    lead = brief.lead
    ask = pick(
        (
            "Would a 15-minute call next week be worth your time?",
            "Is this something you would look at in the next few weeks?",
            f"Are you the right person at {_company(lead)} to ask about this?",
        ),
        seed=lead.lead_id,
        salt="ask",
    )
    return [_reason(brief), _offer(brief.sender, seed=lead.lead_id), ask]


def _reminder(brief: MessageBrief) -> list[str]:
    lead, sender = brief.lead, brief.sender
    facts = _facts(lead)
    opening = pick(
        (
            "A short follow-up to my note, in case it came at a busy moment.",
            "I wanted to bring my earlier note back to the top, once.",
        ),
        seed=lead.lead_id,
        salt="reminder",
    )
    ask = pick(
        (
            f"Shall I send two or three lines on how it could look for {_company(lead)}?",
            "Would it help if I sent a short outline first?",
        ),
        seed=lead.lead_id,
        salt="reminder-ask",
    )
    more = [f"One more thing I noticed: {facts[1]}"] if len(facts) > 1 else []
    return [opening, _offer(sender, seed=lead.lead_id), *more, ask]


def _farewell(brief: MessageBrief) -> list[str]:
    company = _company(brief.lead)
    text = pick(
        (
            f"This is my last note. If the timing is wrong for {company}, no answer is needed.",
            "I will leave it here, so that your inbox stays yours.",
        ),
        seed=brief.lead.lead_id,
        salt="farewell",
    )
    later = "If it becomes interesting later, a one-word reply is enough and I will pick it up."
    return [f"{text} {later}", "Or is there somebody else I should ask instead?"]


def _footer(brief: MessageBrief) -> str:
    """Who writes, from where, and how to make it stop: in every mail."""
    sender = brief.sender
    bye = "Kind regards," if is_formal(sender.tone) else "Best,"
    us = single_line(sender.company)
    address = ", ".join(filter(None, map(single_line, sender.postal_address.splitlines())))
    if not squeeze(address).startswith(squeeze(us)):
        address = f"{us}, {address}"
    return "\n".join(
        [
            bye,
            wrap(single_line(sender.sender_name, 120)),
            "",
            wrap(address),
            "To opt out, use this link once and we will not write again:",
            brief.opt_out_url,
        ]
    )
