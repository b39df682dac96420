"""Raw mails for tests: short ways to write what a person or a machine sends back."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

OURS = "Hello Grace,\n\nwould ten minutes next week suit you?\n\nTo opt out, reply unsubscribe.\n"


def reply(
    text: str,
    *,
    to: str = "outreach@hossagent.test",
    sender: str = "Grace Hopper <grace@clinic.com>",
    subject: str = "Re: A quieter front desk",
    in_reply_to: str = "",
    message_id: str = "",
    quote: str = OURS,
    **headers: str,
) -> bytes:
    """A top-posted answer that quotes our mail, footer and all."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = "Wed, 04 Mar 2026 17:00:00 +0000"
    if message_id:
        mail["Message-ID"] = message_id
    if in_reply_to:
        mail["In-Reply-To"] = in_reply_to
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in quote.splitlines())
    tail = f"\n\nOn Tue, 3 Mar 2026 at 10:12, Ada Byron wrote:\n{quoted}\n" if quote else "\n"
    mail.set_content(text + tail)
    return mail.as_bytes()


def delivery_report(
    *,
    message_id: str = "",
    recipient: str = "grace@clinic.com",
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "outreach@hossagent.test",
) -> bytes:
    """An RFC 3464 report as Postfix writes it."""
    returned = f"Message-ID: {message_id}\r\n" if message_id else ""
    return (
        "Return-Path: <>\r\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.clinic.com>\r\n"
        f"To: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n'
        "\r\n"
        "--B\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.clinic.com\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no\r\n\r\n"
        "--B\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"{returned}Subject: A quieter front desk\r\n\r\n"
        "--B--\r\n"
    ).encode()
