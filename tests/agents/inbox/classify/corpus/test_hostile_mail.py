"""Broken mails, broken further at random: the reader answers, quickly, with what fits a row."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.inbox.classify import classify, parse
from agents.states import ReplyLabel
from tests.agents.inbox.classify.corpus import hostile

TODAY = date(2026, 3, 4)
FROM = b"From: a@b.com\r\nMessage-ID: <1@b.com>\r\n"
MULTIPART = FROM + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'

# name, raw mail: each is a way in which real or forged mail breaks a parser
SEEDS: dict[str, bytes] = {
    "nothing": b"",
    "only_line_ends": b"\r\n" * 500,
    "no_header": b"Please call me.",
    "header_without_colon": b"From a@b.com\r\nSubject\r\n\r\nHello",
    "nul_everywhere": FROM + b"Subject: a\x00b\r\n\r\nHel\x00lo\x00",
    "bare_carriage_returns": FROM + b"Subject: a\rBcc: c@d.com\r\rHello\rthere",
    "folded_for_ever": FROM + b"Subject: a" + b"\r\n b" * 3_000 + b"\r\n\r\nHello",
    "two_froms": FROM + b"From: c@d.com\r\n\r\nHello",
    "from_of_nobody": b"From: <>\r\nTo: undisclosed-recipients:;\r\n\r\nHello",
    "from_with_comments": b"From: " + b"(" * 200 + b"a@b.com" + b")" * 200 + b"\r\n\r\nHello",
    "quotes_that_never_close": b'From: "a <a@b.com>\r\nSubject: "x\r\n\r\nHello',
    "encoded_word_of_unknown_charset": FROM + b"Subject: =?x-none?q?=FF?=\r\n\r\nHello",
    "encoded_word_cut_off": FROM + b"Subject: =?utf-8?b?w6\r\n\r\nHello",
    "encoded_line_end": FROM + b"Subject: =?utf-8?q?a=0D=0ABcc:_c@d.com?=\r\n\r\nHello",
    "charset_that_is_no_charset": FROM + b"Content-Type: text/plain; charset=idna\r\n\r\nHello",
    "charset_that_decodes_ascii_only": FROM
    + b"Content-Type: text/plain; charset=idna\r\n\r\nHello \xff",
    "charset_that_is_a_codec": FROM + b"Content-Type: text/plain; charset=zlib\r\n\r\nHello",
    "utf7": FROM + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-+ADw-b+AD4-",
    "odd_utf16": FROM + b"Content-Type: text/plain; charset=utf-16\r\n\r\nabc",
    "lone_surrogates": FROM + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xed\xa0\x80",
    "base64_of_nothing": FROM + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!=A=B===",
    "quoted_printable_cut_off": FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=",
    "uuencoded": FROM + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#0\r\nend",
    "boundary_missing": FROM + b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nHello",
    "boundary_empty": FROM
    + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\na\r\n----',
    "boundary_never_closed": MULTIPART + b"--x\r\nContent-Type: text/plain\r\n\r\nHello",
    "boundary_again_inside": MULTIPART + (MULTIPART[len(FROM) :] + b"--x\r\n") * 20 + b"--x--",
    "a_thousand_parts": MULTIPART + b"--x\r\n\r\na\r\n" * 1_000 + b"--x--",
    "attached_to_itself": FROM + b"Content-Type: message/rfc822\r\n\r\n" * 60 + b"Hello",
    "report_without_report": FROM
    + b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--",
    "report_of_nonsense": FROM
    + b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
    + b"--x\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"Status: 9.9.9.9\r\nAction: \xff\r\n--x--",
    "html_never_closed": FROM + b"Content-Type: text/html\r\n\r\n" + b"<div><table>" * 2_000,
    "html_tags_never_closed": FROM + b"Content-Type: text/html\r\n\r\n" + b"<a " * 66_000,
    "html_comments_never_closed": FROM + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 50_000,
    "html_entities": FROM + b"Content-Type: text/html\r\n\r\n&#0;&#xD800;&#99999999;&amp",
    "html_comment_never_closed": FROM + b"Content-Type: text/html\r\n\r\nHi<!-- unsubscribe",
    "parameters_continued": FROM
    + b"Content-Type: text/plain; " + b"; ".join(b"a*%d*=utf-8''%%ff" % n for n in range(200))
    + b"\r\n\r\nHello",
    "dates_of_no_calendar": FROM
    + b"Date: 99 Foo 0000\r\n\r\nback on 99/99/9999, until 31 February",
    "a_line_of_a_million": FROM + b"\r\n" + b"a" * 1_000_000,
}  # fmt: skip


def assert_read(raw: bytes) -> None:
    mail = parse(raw)
    reading = classify(mail, today=TODAY)

    assert reading.label in ReplyLabel
    stored = f"{mail.from_address}{mail.from_name}{mail.subject}{reading.text}"
    assert "\x00" not in stored
    assert not {"\r", "\n"} & set(f"{mail.from_address}{mail.subject}")
    stored.encode()  # no lone surrogate: every database takes it


@pytest.mark.parametrize("raw", SEEDS.values(), ids=SEEDS)
def test_a_hostile_mail_is_read_in_no_time(raw: bytes) -> None:
    started = time.process_time()

    assert_read(raw)

    assert time.process_time() - started < 3


_RAW = st.sampled_from(
    [raw for raw in (*SEEDS.values(), *(raw for _, _, raw in hostile.HOSTILE)) if len(raw) < 20_000]
)


@st.composite
def _broken(draw: st.DrawFn) -> bytes:
    """A hostile mail cut up, joined to another and with bytes changed."""
    raw = bytearray(draw(_RAW) + draw(_RAW))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 40))
        raw[at : at + length] = draw(
            st.one_of(st.binary(max_size=20), st.just(raw[at : at + length] * 3))
        )
    return bytes(raw)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(_broken())
def test_no_mixture_of_hostile_mails_breaks_the_reader(raw: bytes) -> None:
    assert_read(raw)
