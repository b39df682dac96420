"""The mails that personas write: real MIME, quoting ours the way mail programs do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from random import Random

from agents.sandbox import words
from agents.sandbox.personas import Persona


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a persona knows when it answers: our mail as it arrived, and the time."""

    seed: int
    persona: Persona
    at: datetime  # when it answers
    lead_pk: int
    step: int
    lead_name: str
    lead_email: str
    lead_company: str
    our_name: str
    our_address: str
    reply_to: str  # where the answer goes: the conversation's address
    subject: str
    body: str  # our text as the lead read it, footer and all
    message_id: str  # ours; empty when it was never given one
    sent_at: datetime

    @property
    def random(self) -> Random:
        text = f"{self.seed}:letter:{self.lead_pk}:{self.step}"
        return Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 # a repeatable world


def write_mail(letter: Letter) -> bytes:
    """The raw mail this persona sends. Raises ValueError for one that never answers."""
    if letter.persona is Persona.SILENT:
        raise ValueError("a silent persona writes no mail")
    if letter.persona in {Persona.HARD_BOUNCE, Persona.DELAYED}:
        return _delivery_report(letter)
    if letter.persona is Persona.OUT_OF_OFFICE:
        return _absence_note(letter)
    return _reply(letter)


def _headers(mail: Message, letter: Letter, *, subject: str, sender: str) -> None:
    mail["From"] = sender
    mail["To"] = letter.reply_to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(letter.at)
    domain = letter.lead_email.rpartition("@")[2]
    mail["Message-ID"] = f"<{letter.lead_pk}.{letter.step}.{letter.seed}@mail.{domain}>"
    if letter.message_id:
        mail["In-Reply-To"] = letter.message_id
        mail["References"] = letter.message_id


def _first_name(name: str) -> str:
    return name.split(" ", 1)[0] if name else ""


def _absence(letter: Letter) -> date:
    return letter.at.date() + timedelta(days=letter.random.randint(3, 14))


def _reply(letter: Letter) -> bytes:
    random = letter.random
    text = words.choose(letter.persona, random).format(
        us=_first_name(letter.our_name) or "there",
        me=_first_name(letter.lead_name) or "The office",
        company=letter.lead_company,
        later=_later(letter.at.date(), random),
        colleague=random.choice(words.COLLEAGUES),
        domain=letter.lead_email.rpartition("@")[2],
    )
    mail = EmailMessage(policy=SMTP)
    sender = formataddr((letter.lead_name, letter.lead_email))
    _headers(mail, letter, subject=_answered(letter.subject), sender=sender)
    style = random.choice((_gmail, _outlook, _apple, _phone, _below))
    plain, page = style(letter, text)
    mail.set_content(plain, charset="utf-8", cte="quoted-printable")
    if page:
        mail.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def _answered(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _later(today: date, random: Random) -> str:
    day = today + timedelta(days=random.randint(35, 120))
    return f"{day:%B} {day.day}"


def _marked(body: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in body.strip().split("\n"))


def _gmail(letter: Letter, text: str) -> tuple[str, str]:
    at = letter.sent_at
    when = f"{at:%a, %b} {at.day}, {at:%Y} at {at:%I:%M %p}"
    line = f"On {when} {letter.our_name} <{letter.our_address}>\nwrote:"
    page = (
        f'<div dir="ltr">{_paragraphs(text)}</div><br>'
        '<div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">On {when} {escape(letter.our_name)} wrote:<br></div>'
        f'<blockquote class="gmail_quote">{_paragraphs(letter.body)}</blockquote></div>'
    )
    return f"{text}\n\n{line}\n\n{_marked(letter.body)}\n", page


def _outlook(letter: Letter, text: str) -> tuple[str, str]:
    sent = f"{letter.sent_at:%A, %B} {letter.sent_at.day}, {letter.sent_at:%Y %I:%M %p}"
    block = (
        f"From: {letter.our_name} <{letter.our_address}>\nSent: {sent}\n"
        f"To: {letter.lead_name} <{letter.lead_email}>\nSubject: {letter.subject}"
    )
    page = (
        f"<html><body><div>{_paragraphs(text)}</div>"
        f'<div id="divRplyFwdMsg"><b>From:</b> {escape(letter.our_name)}<br><b>Sent:</b> {sent}<br>'
        f"<b>Subject:</b> {escape(letter.subject)}</div>"
        f"<div>{_paragraphs(letter.body)}</div></body></html>"
    )
    return f"{text}\n\n{'_' * 32}\n{block}\n\n{letter.body.strip()}\n", page


def _apple(letter: Letter, text: str) -> tuple[str, str]:
    at = letter.sent_at
    when = f"{at:%b} {at.day}, {at:%Y}, at {at:%I:%M %p}"
    line = f"> On {when}, {letter.our_name} <{letter.our_address}> wrote:\n>"
    return f"{text}\n\n{line}\n{_marked(letter.body)}\n", ""


def _phone(letter: Letter, text: str) -> tuple[str, str]:
    when = (
        f"{letter.sent_at:%b} {letter.sent_at.day}, {letter.sent_at:%Y}, at {letter.sent_at:%H:%M}"
    )
    line = f"On {when}, {letter.our_name} <{letter.our_address}> wrote:"
    return f"{text}\n\nSent from my iPhone\n\n{line}\n\n{_marked(letter.body)}\n", ""


def _below(letter: Letter, text: str) -> tuple[str, str]:
    line = f"On {letter.sent_at:%Y-%m-%d %H:%M}, {letter.our_name} wrote:"
    return f"{line}\n{_marked(letter.body)}\n\n{text}\n", ""


def _paragraphs(text: str) -> str:
    return "<br>\n".join(escape(line) for line in text.split("\n"))


def _absence_note(letter: Letter) -> bytes:
    random = letter.random
    back = _absence(letter)
    text = random.choice(words.ABSENCES).format(
        me=letter.lead_name or letter.lead_company,
        back=f"{back:%A, %B} {back.day}, {back:%Y}",
        last=f"{back - timedelta(days=1):%B} {(back - timedelta(days=1)).day}",
        colleague=random.choice(words.COLLEAGUES),
    )
    mail = EmailMessage(policy=SMTP)
    sender = formataddr((letter.lead_name, letter.lead_email))
    _headers(mail, letter, subject=f"Automatic reply: {letter.subject}", sender=sender)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def _delivery_report(letter: Letter) -> bytes:
    """RFC 3464, as Postfix writes it: explanation, status, and our headers returned."""
    is_final = letter.persona is Persona.HARD_BOUNCE
    domain = letter.lead_email.rpartition("@")[2]
    host = f"mx.{domain}"
    status, action = ("5.1.1", "failed") if is_final else ("4.4.1", "delayed")
    diagnostic = (
        f"smtp; 550 5.1.1 <{letter.lead_email}>: Recipient address rejected: User unknown"
        if is_final
        else f"X-Postfix; connect to {host}[192.0.2.25]:25: Connection timed out"
    )
    report = MIMEMultipart("report", policy=SMTP)
    report.set_param("report-type", "delivery-status")
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{host}>"
    report["To"] = letter.reply_to
    report["Subject"] = (
        "Undelivered Mail Returned to Sender" if is_final else "Delayed Mail (still being retried)"
    )
    report["Date"] = format_datetime(letter.at)
    report["Message-ID"] = f"<{letter.lead_pk}.{letter.step}.{letter.seed}.report@{host}>"
    report["Auto-Submitted"] = "auto-replied"
    explanation = words.UNDELIVERED if is_final else words.DELAYED
    report.attach(MIMEText(explanation.format(host=host, email=letter.lead_email), policy=SMTP))
    report.attach(_status_part(letter, host, action=action, status=status, diagnostic=diagnostic))
    report.attach(_returned_headers(letter))
    return report.as_bytes(policy=SMTP)


def _status_part(
    letter: Letter, host: str, *, action: str, status: str, diagnostic: str
) -> Message:
    part = Message(policy=SMTP)
    part["Content-Description"] = "Delivery report"
    part["Content-Type"] = "message/delivery-status"
    about_mail, about_recipient = Message(policy=SMTP), Message(policy=SMTP)
    about_mail["Reporting-MTA"] = f"dns; {host}"
    about_mail["Arrival-Date"] = format_datetime(letter.sent_at)
    about_recipient["Final-Recipient"] = f"rfc822; {letter.lead_email}"
    about_recipient["Original-Recipient"] = f"rfc822;{letter.lead_email}"
    about_recipient["Action"] = action
    about_recipient["Status"] = status
    about_recipient["Diagnostic-Code"] = diagnostic
    part.set_payload([about_mail, about_recipient])
    return part


def _returned_headers(letter: Letter) -> Message:
    returned = Message(policy=SMTP)
    returned["From"] = formataddr((letter.our_name, letter.our_address))
    returned["To"] = formataddr((letter.lead_name, letter.lead_email))
    returned["Reply-To"] = letter.reply_to
    returned["Subject"] = letter.subject
    returned["Date"] = format_datetime(letter.sent_at)
    if letter.message_id:
        returned["Message-ID"] = letter.message_id
    part = MIMEText(returned.as_string(), "rfc822-headers", policy=SMTP)
    part["Content-Description"] = "Undelivered Message Headers"
    return part
