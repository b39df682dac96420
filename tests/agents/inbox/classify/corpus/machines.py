"""What machines send back: absences, receipts, delivery reports, complaints, and worse."""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus.clients import OUR_ID, OURS, REPLY_TO, SUBJECT, mail, marked

AUTO = {"Auto_Submitted": "auto-replied"}


def away(text: str, subject: str = f"Automatic reply: {SUBJECT}", **headers: str) -> bytes:
    return mail(text, subject=subject, **headers)


def _gmail_vacation(text: str) -> bytes:
    return mail(
        text, subject=f"Out of Office Re: {SUBJECT}", Precedence="bulk", X_Autoreply="yes", **AUTO
    )


# name, raw mail, the day on which the sequence goes on (None: no date in it)
ABSENCES = (
    ("exchange", away("I am out of the office until Friday, March 13, with limited access to email.", Auto_Submitted="auto-generated"), "2026-03-14"),
    ("gmail", _gmail_vacation("Thanks for your email! I'm on vacation and will be back on Monday, March 16."), "2026-03-16"),
    ("iso", away("Out of office. Returning 2026-03-20.", **AUTO), "2026-03-20"),
    ("numeric_us", away("I will be out of the office from 3/9 to 3/20.", **AUTO), "2026-03-21"),
    ("next_week", away("I'm traveling this week and will return next week. For urgent matters call the office.", **AUTO), "2026-03-09"),
    ("two_weeks", away("I am on leave for two weeks.", **AUTO), "2026-03-19"),
    ("parental", away("I am on parental leave. Please contact Dana Whitfield in my absence.", **AUTO), None),
    ("no_date", away("I am currently out of the office and will reply when I return.", **AUTO), None),
    ("no_headers", mail("Thank you for your message. I am out of the office until March 12 and will respond upon my return.", subject=f"Re: {SUBJECT}"), "2026-03-13"),
    ("subject_only", away("Back on 12 March.", subject="Out of Office: back soon"), "2026-03-12"),
    ("german", away("Vielen Dank für Ihre Nachricht. Ich bin bis zum 20.03.2026 nicht im Büro. In dringenden Fällen wenden Sie sich an Frau Weber.", subject="Automatische Antwort: Anrufe", **AUTO), "2026-03-21"),
    ("german_back", away("Ich bin im Urlaub und ab dem 16. März wieder für Sie da.", subject="Abwesenheitsnotiz", **AUTO), "2026-03-16"),
    ("french", away("Je suis absente du bureau jusqu'au 13 mars. De retour le 16 mars.", subject="Réponse automatique : Appels", **AUTO), "2026-03-16"),
    ("spanish", away("Estoy fuera de la oficina hasta el 15 de marzo.", subject="Respuesta automática", **AUTO), "2026-03-16"),
    ("italian", away("Sono in ferie fino al 20 marzo. Grazie per il messaggio.", subject="Risposta automatica", **AUTO), "2026-03-21"),
    ("dutch", away("Ik ben afwezig tot en met 12 maart.", subject="Automatisch antwoord", **AUTO), "2026-03-13"),
    ("portuguese", away("Estou ausente até 18 de março.", subject="Resposta automática", **AUTO), "2026-03-19"),
    ("swedish", away("Jag är på semester. Tillbaka den 16 mars.", subject="Autosvar", **AUTO), "2026-03-16"),
    ("quoting_ours", mail(f"I am away until March 10.\n\nOn Wed, Mar 4, 2026 at 9:14 AM Ada Byron wrote:\n{marked()}\n", subject=f"Automatic reply: {SUBJECT}", **AUTO), "2026-03-11"),
    ("closed_practice", away("Our office is closed for renovation until March 30. For emergencies call 911.", **AUTO), "2026-03-31"),
)  # fmt: skip

RECEIPTS = (
    ("ticket", mail("We have received your request. Your ticket number is 4711.", subject="[Ticket 4711] Received", **AUTO)),
    ("newsletter", mail("Thanks for writing. You can unsubscribe from our newsletter at any time by using the link in it, or manage which of our updates you get.", subject="Auto: thank you", Precedence="bulk")),
    ("gone", mail("Grace Hopper no longer works at Northgate Dental. Please contact info@northgatedental.com.", subject="Automatic reply: Calls", **AUTO)),
    ("unmonitored", mail("This mailbox is not monitored.", subject="Automatic reply: Calls", From="no-reply@northgatedental.com", **AUTO)),
    ("challenge", mail("Please confirm that you are human by opening this page.", subject="Auto: your message is on hold", **AUTO)),
)  # fmt: skip


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
    inner = f"Message-ID: {OUR_ID}\r\nFrom: Ada <ada@byronco.com>\r\nTo: grace@northgatedental.com\r\nSubject: {SUBJECT}\r\n\r\n"
    if returned == "message/rfc822":
        inner += OURS.replace("\n", "\r\n")
    return (
        f"Return-Path: <>\r\nFrom: {sender}\r\nTo: {REPLY_TO}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        f'Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="=_b1"\r\n{extra}\r\n'
        f"--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        f"--=_b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {reporting}\r\n\r\n"
        f"Final-Recipient: rfc822; grace@northgatedental.com\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {diagnostic or 'smtp; ' + status}\r\n\r\n"
        f"--=_b1\r\nContent-Type: {returned}\r\n\r\n{inner}\r\n--=_b1--\r\n"
    ).encode()


POSTFIX = "Mail Delivery System <MAILER-DAEMON@mx.byronco.com>"
EXCHANGE = "Microsoft Outlook <postmaster@northgatedental.onmicrosoft.com>"
GMAIL = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
REPORTS = (
    (L.BOUNCE, "postfix_unknown_user", report(sender=POSTFIX, subject="Undelivered Mail Returned to Sender", words="I'm sorry to have to inform you that your message could not be delivered.", status="5.1.1", diagnostic="smtp; 550 5.1.1 User unknown")),
    (L.BOUNCE, "exchange_unknown_user", report(sender=EXCHANGE, subject=f"Undeliverable: {SUBJECT}", words="Your message to grace@northgatedental.com couldn't be delivered.", status="5.1.10", diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound", returned="message/rfc822")),
    (L.BOUNCE, "gmail_no_account", report(sender=GMAIL, subject="Delivery Status Notification (Failure)", words="** Address not found **", status="5.1.1", diagnostic="smtp; 550-5.1.1 The email account that you tried to reach does not exist", returned="message/rfc822")),
    (L.BOUNCE, "mailbox_disabled", report(sender=POSTFIX, subject="Undelivered Mail Returned to Sender", words="disabled", status="5.2.1")),
    (L.BOUNCE, "domain_gone", report(sender=POSTFIX, subject="Undelivered Mail Returned to Sender", words="Host not found", status="5.4.4", diagnostic="X-Postfix; Host or domain name not found")),
    (L.BOUNCE, "policy", report(sender=EXCHANGE, subject="Undeliverable", words="blocked", status="5.7.1")),
    (L.BOUNCE, "status_only_in_diagnostic", report(sender=POSTFIX, subject="Returned mail", words="x", status="", diagnostic="smtp; 550 5.1.1 no such user")),
    (L.BOUNCE, "qmail", mail("Hi. This is the qmail-send program at byronco.com.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<grace@northgatedental.com>:\n192.0.2.1 said: 550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\nMessage-ID: " + OUR_ID + "\n", subject="failure notice", From="MAILER-DAEMON@byronco.com", Return_Path="<>")),
    (L.DELAY, "postfix_delay", report(sender=POSTFIX, subject="Delayed Mail (still being retried)", words="WARNING ONLY", status="4.4.1", action="delayed")),
    (L.DELAY, "gmail_delay", report(sender=GMAIL, subject="Delivery Status Notification (Delay)", words="** Delivery incomplete **", status="4.4.2", action="delayed")),
    (L.DELAY, "mailbox_full_temporary", report(sender=EXCHANGE, subject="Undeliverable", words="mailbox full", status="4.2.2")),
    (L.DELAY, "gave_up_after_days", report(sender=POSTFIX, subject="Undelivered Mail Returned to Sender", words="gave up", status="4.4.7")),
    (L.DELAY, "old_style_without_code", mail("Your mail could not be delivered for now.", subject="Mail delivery failed: returning message to sender", From="Mail Delivery System <Mailer-Daemon@byronco.com>", Return_Path="<>")),
    (L.AUTO_REPLY, "delivered_receipt", report(sender=EXCHANGE, subject="Delivered", words="Your message has been delivered.", status="2.0.0", action="delivered")),
    (L.AUTO_REPLY, "relayed_receipt", report(sender=EXCHANGE, subject="Relayed", words="relayed", status="2.0.0", action="relayed")),
    (L.COMPLAINT, "arf_abuse", (
        f"From: fbl@isp.net\r\nTo: {REPLY_TO}\r\nSubject: FW: {SUBJECT}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\r\n\r\n'
        "--f\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        "--f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: ISP/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: grace@northgatedental.com\r\n\r\n"
        f"--f\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {OUR_ID}\r\nSubject: {SUBJECT}\r\n\r\nx\r\n--f--\r\n"
    ).encode()),
)  # fmt: skip


def _nested(depth: int) -> bytes:
    head = f"From: a@northgatedental.com\r\nTo: {REPLY_TO}\r\nSubject: Re: x\r\n"
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    return (head + opened + "Content-Type: text/plain\r\n\r\nNo thanks.\r\n").encode()


_HEAD = f"From: Grace <grace@northgatedental.com>\r\nTo: {REPLY_TO}\r\nSubject: Re: x\r\n".encode()
# None: any label will do, as long as nothing breaks.
HOSTILE: tuple[tuple[L | None, str, bytes], ...] = (
    (None, "empty", b""),
    (None, "random_bytes", bytes(range(256)) * 40),
    (None, "only_headers", _HEAD),
    (L.NOT_INTERESTED, "lying_charset", _HEAD + b"Content-Type: text/plain; charset=x-klingon\r\n\r\nNo thanks \xff\xfe.\r\n"),
    (L.NOT_INTERESTED, "nul_bytes", _HEAD + b"\r\nNo thanks.\x00\x00\r\n"),
    (None, "broken_base64", _HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!\r\n"),
    (None, "broken_encoded_word", b"Subject: =?utf-8?b?////?= =?x?y?z?=\r\n" + _HEAD + b"\r\nHm\r\n"),
    (None, "nested_five_hundred_deep", _nested(500)),
    (None, "nested_five_thousand_deep", _nested(5000)),
    (L.NOT_INTERESTED, "thousand_parts", _HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\nContent-Type: text/plain\r\n\r\nNo thanks.\r\n" + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 1000 + b"--b--\r\n"),
    (L.NOT_INTERESTED, "no_closing_boundary", _HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNo thanks.'),
    (L.NOT_INTERESTED, "header_injection", b"Subject: Re: a\rBcc: everybody@else.com\r\n" + _HEAD + b"\r\nNo thanks.\r\n"),
    (L.NOT_INTERESTED, "script_in_html", _HEAD + b"Content-Type: text/html\r\n\r\n<script>unsubscribe me from your list</script><style>stop</style><p>No thanks.</p>\r\n"),
    (L.NOT_INTERESTED, "unclosed_html", _HEAD + b"Content-Type: text/html\r\n\r\n<div><p>No thanks.<blockquote><p>unsubscribe me<![if x]><!DOCTYPE [\r\n"),
    (L.NOT_INTERESTED, "forged_delivery_report_in_text", _HEAD + b"\r\nNo thanks.\r\n\r\n> Action: failed\r\n> Status: 5.1.1\r\n"),
    (L.NOT_INTERESTED, "long_line", _HEAD + b"\r\nNo thanks. " + b"x" * 300_000 + b"\r\n"),
    (L.NOT_INTERESTED, "many_quote_marks", _HEAD + b"\r\nNo thanks.\r\n" + b">" * 100_000 + b"\r\n"),
    (L.NOT_INTERESTED, "utf7_and_emoji", _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xf0\x9f\x98\x80 No thanks.\r\n"),
    (L.OPT_OUT, "right_to_left_marks", _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xe2\x80\x8bunsubscribe\r\n"),
    (L.OPT_OUT, "list_unsubscribe_mailto", b"From: grace@northgatedental.com\r\nTo: " + REPLY_TO.encode() + b"\r\nSubject: unsubscribe\r\n\r\n\r\n"),
)  # fmt: skip
