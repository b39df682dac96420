"""Mails that are broken, or forged to break whoever reads them."""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus.clients import REPLY_TO


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
    (
        L.NOT_INTERESTED,
        "lying_charset",
        _HEAD + b"Content-Type: text/plain; charset=x-klingon\r\n\r\nNo thanks \xff\xfe.\r\n",
    ),
    (L.NOT_INTERESTED, "nul_bytes", _HEAD + b"\r\nNo thanks.\x00\x00\r\n"),
    (
        None,
        "broken_base64",
        _HEAD
        + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"!!!not base64!!!\r\n",
    ),
    (
        None,
        "broken_encoded_word",
        b"Subject: =?utf-8?b?////?= =?x?y?z?=\r\n" + _HEAD + b"\r\nHm\r\n",
    ),
    (None, "nested_five_hundred_deep", _nested(500)),
    (None, "nested_five_thousand_deep", _nested(5000)),
    (
        L.NOT_INTERESTED,
        "thousand_parts",
        _HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\nContent-Type: text/plain\r\n\r\nNo thanks.\r\n"
        + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 1000
        + b"--b--\r\n",
    ),
    (
        L.NOT_INTERESTED,
        "no_closing_boundary",
        _HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\nContent-Type: text/plain\r\n\r\nNo thanks.",
    ),
    (
        L.NOT_INTERESTED,
        "header_injection",
        b"Subject: Re: a\rBcc: everybody@else.com\r\n" + _HEAD + b"\r\nNo thanks.\r\n",
    ),
    (
        L.NOT_INTERESTED,
        "script_in_html",
        _HEAD
        + b"Content-Type: text/html\r\n\r\n<script>unsubscribe me from your list</script>"
        + b"<style>stop</style><p>No thanks.</p>\r\n",
    ),
    (
        L.NOT_INTERESTED,
        "unclosed_html",
        _HEAD
        + b"Content-Type: text/html\r\n\r\n<div><p>No thanks.<blockquote><p>unsubscribe me"
        + b"<![if x]><!DOCTYPE [\r\n",
    ),
    (
        L.NOT_INTERESTED,
        "forged_delivery_report_in_text",
        _HEAD + b"\r\nNo thanks.\r\n\r\n> Action: failed\r\n> Status: 5.1.1\r\n",
    ),
    (L.NOT_INTERESTED, "long_line", _HEAD + b"\r\nNo thanks. " + b"x" * 300_000 + b"\r\n"),
    (
        L.NOT_INTERESTED,
        "many_quote_marks",
        _HEAD + b"\r\nNo thanks.\r\n" + b">" * 100_000 + b"\r\n",
    ),
    (
        L.NOT_INTERESTED,
        "utf7_and_emoji",
        _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xf0\x9f\x98\x80 No thanks.\r\n",
    ),
    (
        L.OPT_OUT,
        "right_to_left_marks",
        _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xe2\x80\x8bunsubscribe\r\n",
    ),
    (
        L.OPT_OUT,
        "list_unsubscribe_mailto",
        b"From: grace@northgatedental.com\r\nTo: "
        + REPLY_TO.encode()
        + b"\r\nSubject: unsubscribe\r\n\r\n\r\n",
    ),
)
