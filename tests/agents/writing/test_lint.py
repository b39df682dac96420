"""What keeps an email from leaving, in the words that a person reads."""

from __future__ import annotations

import pytest

from agents.writing.lint import LintFinding, lint_copy
from agents.writing.services import get_writer
from tests.helpers.briefs import ADDRESS, LINK, make_mail_brief


@pytest.mark.parametrize(
    ("code", "subject", "body", "sentence"),
    [
        (
            "too_long",
            "Hello",
            "word " * 201,
            "The email has 201 words; the limit is 200. Shorten it.",
        ),
        (
            "subject_too_long",
            "x" * 61,
            "Short.",
            "The subject has more than 60 characters. Shorten it.",
        ),
        (
            "too_many_links",
            "Hello",
            "https://a.test https://b.test https://c.test",
            "The email has 3 links; the limit is 2. Remove some.",
        ),
        (
            "shouting",
            "READ THIS NOW",
            "Short.",
            "The email shouts (capitals or several exclamation marks). Tone it down.",
        ),
        (
            "shouting",
            "Hello",
            "Buy it!!",
            "The email shouts (capitals or several exclamation marks). Tone it down.",
        ),
        (
            "bulk_phrases",
            "Act now",
            "A limited time offer.",
            "The email sounds like bulk email (act now, limited time). Use plainer words.",
        ),
        (
            "no_opt_out",
            "Hello",
            "Short.",
            "The email has no way to opt out. Put the opt-out link back.",
        ),
        (
            "no_postal_address",
            "Hello",
            "Short.",
            "The email does not show your postal address. Add it in Settings.",
        ),
        (
            "placeholder_left",
            "Hello {{first_name}}",
            "Short.",
            "The email still contains the placeholder {{first_name}}. Replace it.",
        ),
        (
            "placeholder_left",
            "Hello",
            "Hi [Name],",
            "The email still contains the placeholder [Name]. Replace it.",
        ),
        (
            "false_reply",
            "Re: our call",
            "Short.",
            'A first email must not start with "Re:" or "Fwd:". Remove it.',
        ),
        (
            "header_injection",
            "Hello\nBcc: x@y.test",
            "Short.",
            "The subject has a line break. Put it on one line.",
        ),
        (
            "line_too_long",
            "Hello",
            "x" * 999,
            "A line has more than 998 bytes. Break it up.",
        ),
        ("empty_subject", " ", "Short.", "The subject is empty. Write one."),
        ("empty_body", "Hello", "\n", "The email is empty. Write it."),
    ],
)
def test_lint_says_what_is_wrong(code: str, subject: str, body: str, sentence: str) -> None:
    findings = lint_copy(subject, body, step=0, postal_address=ADDRESS, opt_out_url=LINK)

    assert [found for found in findings if found.code == code] == [LintFinding(code, sentence)]


def test_lint_looks_only_for_the_codes_it_is_given() -> None:
    findings = lint_copy(" ", "Buy it!!", step=0, codes={"empty_subject"})

    assert [found.code for found in findings] == ["empty_subject"]


def test_lint_accepts_a_reply_prefix_on_a_follow_up() -> None:
    copy = get_writer().write_message(make_mail_brief(1))

    assert [f.code for f in lint_copy(copy.subject, copy.body, step=1)] == []
