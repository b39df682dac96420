"""The rules for a person's reply: time they may take, whatever is in it."""

from __future__ import annotations

import time

import pytest

from agents.inbox.classify.labels import label_reply
from agents.states import ReplyLabel


@pytest.mark.parametrize("piece", ["\n ", "\n", '"', ". ", "not ", "Dana ", "until 1 ", "?\n"])
def test_a_mail_of_one_repeated_piece_is_read_in_no_time(piece: str) -> None:
    text = f"x{piece * (19_900 // len(piece))}y"
    started = time.process_time()

    label, _ = label_reply(text)

    assert label in ReplyLabel
    assert time.process_time() - started < 2
