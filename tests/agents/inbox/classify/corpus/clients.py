"""How mail programs answer: each turns a person's words into the raw mail it would send."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from html import escape

OURS = """Hi Grace,

I saw that Northgate Dental opened a second practice in Austin last month. Most clinics we
work with lose about six calls a day at the front desk.

Would you be interested in a ten minute call next week to see how others stop that?

Best regards,
Ada Byron
Byron & Co, 1 Main Street, Austin, TX 78701

Not interested? Reply "unsubscribe" or use this link and we will not email you again:
https://hossagent.test/u/0123456789abcdef0123456789abcdef/
"""
OUR_ID = "<42.9f8e7d6c@hossagent.test>"
REPLY_TO = "reply+0123456789abcdef0123456789abcdef@hossagent.test"
SUBJECT = "Calls lost at the front desk"


def mail(text: str, html: str = "", *, subject: str = f"Re: {SUBJECT}", **headers: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = headers.pop("From", "Grace Hopper <grace@northgatedental.com>")
    message["To"] = headers.pop("To", REPLY_TO)
    message["Subject"] = subject
    message["Date"] = "Wed, 04 Mar 2026 17:00:00 +0000"
    message["Message-ID"] = headers.pop("Message_ID", "<CAF+abc123@mail.northgatedental.com>")
    message["In-Reply-To"] = headers.pop("In_Reply_To", OUR_ID)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if text:
        message.set_content(text, cte="quoted-printable")
        if html:
            message.add_alternative(html, subtype="html", cte="quoted-printable")
    else:
        message.set_content(html, subtype="html", cte="base64")
    return message.as_bytes()


def marked(text: str = OURS, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.strip().split("\n"))


def br(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))


def gmail(text: str) -> bytes:
    line = "On Wed, Mar 4, 2026 at 9:14 AM Ada Byron <ada@byronco.com> wrote:"
    html = (
        f'<div dir="ltr">{br(text)}</div><br><div class="gmail_quote">'
        f'<div class="gmail_attr">{line}</div>'
        f'<blockquote class="gmail_quote">{br(OURS)}</blockquote></div>'
    )
    return mail(f"{text}\n\n{line}\n\n{marked()}\n", html)


def gmail_wrapped(text: str) -> bytes:
    line = (
        "On Wed, Mar 4, 2026 at 9:14 AM Ada Byron from Byron and Company in Austin\n"
        "<ada@byronco.com> wrote:"
    )
    return mail(f"{text}\n\n{line}\n\n{marked()}\n")


def gmail_html_only(text: str) -> bytes:
    return mail(
        "",
        f'<div dir="auto">{br(text)}</div><div class="gmail_quote">'
        "<div>On Wed, Mar 4, 2026 Ada wrote:</div>"
        f"<blockquote>{br(OURS)}</blockquote></div>",
    )


def outlook(text: str) -> bytes:
    block = (
        "From: Ada Byron <ada@byronco.com>\nSent: Wednesday, March 4, 2026 9:14 AM\n"
        f"To: Grace Hopper <grace@northgatedental.com>\nSubject: {SUBJECT}\n\n"
    )
    return mail(f"{text}\n\n{block}{OURS}")


def outlook_line(text: str) -> bytes:
    block = (
        "From: Ada Byron\nDate: Wednesday, 4 March 2026 at 09:14\nTo: Grace Hopper\n"
        f"Subject: {SUBJECT}\n"
    )
    return mail(f"{text}\n\n________________________________\n{block}\n{OURS}")


def outlook_html_only(text: str) -> bytes:
    return mail(
        "",
        f'<html><head><style>p {{margin:0}}</style></head><body><p class="MsoNormal">{br(text)}</p>'
        f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ada Byron<br></div>'
        f"<div>{br(OURS)}</div></body></html>",
    )


def outlook_old(text: str) -> bytes:
    return mail(f"{text}\n\n-----Original Message-----\nFrom: Ada Byron\nSent: today\n\n{OURS}")


def outlook_german(text: str) -> bytes:
    block = (
        "Von: Ada Byron <ada@byronco.com>\nGesendet: Mittwoch, 4. März 2026 09:14\n"
        "An: Grace Hopper\nBetreff: Anrufe\n"
    )
    return mail(f"{text}\n\n{block}\n{OURS}", subject="AW: Calls lost at the front desk")


def outlook_french(text: str) -> bytes:
    block = (
        "De : Ada Byron <ada@byronco.com>\nEnvoyé : mercredi 4 mars 2026 09:14\n"
        "À : Grace Hopper\nObjet : Appels\n"
    )
    return mail(f"{text}\n\n{block}\n{OURS}")


def apple(text: str) -> bytes:
    line = "> On Mar 4, 2026, at 9:14 AM, Ada Byron <ada@byronco.com> wrote:\n> "
    return mail(f"{text}\n\n{line}\n{marked()}\n")


def iphone(text: str) -> bytes:
    line = "> On Mar 4, 2026, at 9:14 AM, Ada Byron <ada@byronco.com> wrote:\n> "
    return mail(f"{text}\n\nSent from my iPhone\n\n{line}\n{marked(mark='> ')}\n")


def iphone_german(text: str) -> bytes:
    line = "Am 04.03.2026 um 09:14 schrieb Ada Byron <ada@byronco.com>:"
    return mail(f"{text}\n\nVon meinem iPhone gesendet\n\n> {line}\n> \n{marked()}\n")


def android(text: str) -> bytes:
    return mail(
        f"{text}\n\nGet Outlook for Android<https://aka.ms/x>\n________________________________\n"
        "From: Ada Byron <ada@byronco.com>\nSent: Wednesday, March 4, 2026 9:14:00 AM\n"
        f"To: Grace\nSubject: Calls\n\n{OURS}"
    )


def samsung(text: str) -> bytes:
    return mail(
        f"{text}\n\nSent from my Galaxy\n\n-------- Original message --------\n"
        "From: Ada Byron <ada@byronco.com>\nDate: 3/4/26 9:14 AM (GMT-06:00)\n"
        f"To: grace@northgatedental.com\nSubject: Calls\n\n{OURS}"
    )


def thunderbird(text: str) -> bytes:
    return mail(f"On 04.03.26 09:14, Ada Byron wrote:\n{marked()}\n\n{text}\n")


def inline(text: str) -> bytes:
    return mail(
        "On 04.03.26 09:14, Ada Byron wrote:\n> Hi Grace,\n>\n"
        "> Would you be interested in a ten minute call next week\n\n"
        f'{text}\n\n> Not interested? Reply "unsubscribe" or use this link\n'
        "> https://hossagent.test/u/0123/\n"
    )


def yahoo(text: str) -> bytes:
    line = (
        "    On Wednesday, March 4, 2026 at 09:14:11 AM CST, Ada Byron <ada@byronco.com> wrote:  "
    )
    quoted = "\n".join(f" {row}" for row in OURS.split("\n"))
    return mail(f"{text}\n\n{line}\n \n{quoted}")


def french_apple(text: str) -> bytes:
    return mail(
        f"{text}\n\n> Le 4 mars 2026 à 09:14, Ada Byron <ada@byronco.com> a écrit :\n>\n"
        f"{marked()}\n"
    )


def spanish_gmail(text: str) -> bytes:
    return mail(
        f"{text}\n\nEl mié, 4 mar 2026 a las 9:14, Ada Byron (<ada@byronco.com>) escribió:\n\n"
        f"{marked()}\n"
    )


def signed(text: str) -> bytes:
    tail = (
        "--\nGrace Hopper\nOffice Manager | Northgate Dental\n+1 512 555 0100\n\n"
        "This e-mail is confidential. To unsubscribe from our newsletter click here.\n"
    )
    return mail(
        f"{text}\n\n{tail}\nOn Wed, Mar 4, 2026 at 9:14 AM Ada Byron <ada@byronco.com> wrote:\n\n"
        f"{marked()}\n"
    )


def bare(text: str) -> bytes:
    return mail(f"{text}\n")
