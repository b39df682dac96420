"""What machines send back: absence notes, delivery reports, complaints."""

from __future__ import annotations

from tests.agents.inbox.classify.corpus.clients import OUR_ID, OURS, REPLY_TO, SUBJECT, mail, marked


def away(text: str, subject: str = f"Automatic reply: {SUBJECT}", **headers: str) -> bytes:
    """An automatic answer."""
    return mail(text, subject=subject, **headers)


def vacation(text: str) -> bytes:
    """Gmail's vacation responder."""
    return mail(
        text,
        subject=f"Out of Office Re: {SUBJECT}",
        Precedence="bulk",
        X_Autoreply="yes",
        Auto_Submitted="auto-replied",
    )


def away_quoting(text: str, **headers: str) -> bytes:
    """An absence note that quotes our mail below."""
    quoted = f"On Wed, Mar 4, 2026 at 9:14 AM Ada Byron wrote:\n{marked()}\n"
    return away(f"{text}\n\n{quoted}", **headers)


def report(
    *,
    sender: str,
    subject: str,
    words: str,
    status: str,
    action: str = "failed",
    diagnostic: str = "",
    reporting: str = "mx.example.net",
    returned: str = "text/rfc822-headers",
    extra: str = "",
) -> bytes:
    """A delivery report (RFC 3464)."""
    inner = (
        f"Message-ID: {OUR_ID}\r\nFrom: Ada <ada@byronco.com>\r\n"
        f"To: grace@northgatedental.com\r\nSubject: {SUBJECT}\r\n\r\n"
    )
    if returned == "message/rfc822":
        inner += OURS.replace("\n", "\r\n")
    return (
        f"Return-Path: <>\r\nFrom: {sender}\r\nTo: {REPLY_TO}\r\nSubject: {subject}\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        f'\tboundary="=_b1"\r\n{extra}\r\n'
        f"--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        "--=_b1\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {reporting}\r\n\r\n"
        f"Final-Recipient: rfc822; grace@northgatedental.com\r\nAction: {action}\r\n"
        f"Status: {status}\r\n"
        f"Diagnostic-Code: {diagnostic or 'smtp; ' + status}\r\n\r\n"
        f"--=_b1\r\nContent-Type: {returned}\r\n\r\n{inner}\r\n--=_b1--\r\n"
    ).encode()


# A feedback report (RFC 5965) as a provider sends it.
COMPLAINT = (
    f"From: fbl@isp.net\r\nTo: {REPLY_TO}\r\nSubject: FW: {SUBJECT}\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\r\n\r\n'
    "--f\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
    "--f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
    "User-Agent: ISP/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: grace@northgatedental.com\r\n\r\n"
    f"--f\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {OUR_ID}\r\n"
    f"Subject: {SUBJECT}\r\n\r\nx\r\n--f--\r\n"
).encode()
