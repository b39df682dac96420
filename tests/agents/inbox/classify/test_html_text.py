"""HTML mail as text: what is quoted is marked, what is hidden is left out, nothing else lost."""

from __future__ import annotations

import pytest

from agents.inbox.classify.html_text import html_to_text


@pytest.mark.parametrize(
    "opening",
    [
        "<blockquote>",
        '<div class="gmail_quote">',
        # Outlook puts a prefix before the names that it finds in the mail it answers.
        '<div class="x_gmail_quote">',
        '<div id="divRplyFwdMsg">',
        '<div id="x_appendonsend"></div><div>',
    ],
)
def test_what_the_program_marked_as_quoted_is_prefixed(opening: str) -> None:
    text = html_to_text(f"<p>Yes, call me.</p>{opening}To opt out, write unsubscribe.</div>")

    assert [line for line in text.split("\n") if line] == [
        "Yes, call me.",
        "> To opt out, write unsubscribe.",
    ]


def test_an_answer_below_the_quote_is_not_quoted() -> None:
    text = html_to_text("<blockquote>ours</blockquote><p>theirs</p>")

    assert [line for line in text.split("\n") if line] == ["> ours", "theirs"]


@pytest.mark.parametrize("tag", ["script", "style", "title", "template"])
def test_what_no_reader_sees_is_left_out(tag: str) -> None:
    assert html_to_text(f"<{tag}>unsubscribe</{tag}><p>Yes</p>").strip() == "Yes"


@pytest.mark.parametrize("depth", [300, 5_000])
def test_text_in_many_open_elements_is_kept(depth: int) -> None:
    """A program that closes no element must not hide that somebody asks to be left alone."""
    assert html_to_text("<div>" * depth + "unsubscribe me") == "unsubscribe me"
