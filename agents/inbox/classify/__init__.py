"""What a received mail is: a report, a request to stop, an automatic answer, or a reply.

The rules are asked in a fixed order (SPEC section 5):

1. bounces, delays and complaints that a mail system reports (`dsn`),
2. a person who calls the mail spam, or asks for no more of it (`opt_out`),
3. automatic answers: an absence, or only a receipt (`out_of_office`),
4. a person's reply (`labels`).

They are pure and have a version: a newer one can read the whole history again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from agents.inbox.classify import dsn, opt_out, out_of_office
from agents.inbox.classify.dates import find_dates
from agents.inbox.classify.labels import CONFIDENT, SURE, label_reply
from agents.inbox.classify.mail import Mail, parse
from agents.inbox.classify.quoting import strip_quotes
from agents.states import ReplyLabel

# Raise it with every change of a rule; `inbound.reclassify` then reads history again.
CLASSIFIER_VERSION = 4

__all__ = [
    "CLASSIFIER_VERSION",
    "CONFIDENT",
    "SURE",
    "Classification",
    "Mail",
    "classify",
    "parse",
    "relabel",
]


@dataclass(frozen=True, slots=True)
class Classification:
    """`label` and how sure it is; `text` is what the sender wrote, without quotes."""

    label: ReplyLabel
    confidence: float
    text: str
    resume_on: date | None = None
    is_person_gone: bool = False
    report: dsn.Report | None = None
    version: int = field(default=CLASSIFIER_VERSION)


def classify(mail: Mail, *, today: date, ours: str = "") -> Classification:
    """Label one parsed mail. `today` is the day it arrived; `ours` is what we wrote in
    the thread, whose lines are never taken for theirs. Never raises."""
    if report := dsn.read_report(mail):
        certainty = 1.0 if report.is_certain else 0.5
        return Classification(report.label, certainty, mail.text, report=report)
    text = strip_quotes(mail.text, ours=ours)
    is_machine = out_of_office.is_automatic(mail)
    if not is_machine and opt_out.is_complaint(text):
        return Classification(ReplyLabel.COMPLAINT, 0.9, text)
    if opt_out.asks_to_opt_out(text, subject=mail.subject):
        return Classification(ReplyLabel.OPT_OUT, 0.95, text)
    if is_machine or dsn.is_from_daemon(mail):
        return _automatic(mail, text, today)
    if _reads_like_an_absence(text):
        return _with_date(Classification(ReplyLabel.OUT_OF_OFFICE, 0.7, text), today)
    return _human(text, today)


def _automatic(mail: Mail, text: str, today: date) -> Classification:
    words = f"{mail.subject}\n{text}"
    if out_of_office.is_person_gone(words):
        return Classification(ReplyLabel.AUTO_REPLY, 0.9, text, is_person_gone=True)
    if out_of_office.is_absence(words) or out_of_office.names_return(words, today=today):
        resume_on = out_of_office.resume_date(words, today=today)
        return Classification(ReplyLabel.OUT_OF_OFFICE, 0.95, text, resume_on=resume_on)
    return Classification(ReplyLabel.AUTO_REPLY, 0.9, text)


def _reads_like_an_absence(text: str) -> bool:
    """An absence note from a program that does not say so in its headers."""
    opening = " ".join(text.split())[:300]
    return out_of_office.is_absence(opening) and out_of_office.is_note(text)


def _human(text: str, today: date) -> Classification:
    label, confidence = label_reply(text)
    return _with_date(Classification(label, confidence, text), today)


def relabel(
    classification: Classification, label: ReplyLabel, *, confidence: float, today: date
) -> Classification:
    """The same reply under the label that somebody else has found for it, with the date
    that this label looks for."""
    changed = replace(classification, label=label, confidence=confidence, resume_on=None)
    return _with_date(changed, today)


def _with_date(classification: Classification, today: date) -> Classification:
    """With the day that a "not now" or an absence names."""
    text = classification.text
    if classification.label is ReplyLabel.NOT_NOW:
        days = [day for _, day in find_dates(text, today=today)]
        return replace(classification, resume_on=min(days, default=None))
    if classification.label is ReplyLabel.OUT_OF_OFFICE:
        return replace(classification, resume_on=out_of_office.resume_date(text, today=today))
    return classification
