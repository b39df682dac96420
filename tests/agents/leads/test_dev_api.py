"""The pretend search API answers by the contract, and says how a question breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.leads.dev.api import MAX_LIMIT, Api, ApiError

QUESTION = {"niche": "law firms", "geography": "Berlin"}


def ask(total: int = 1_000, *, key: str = "k", **changes: Any) -> dict[str, Any]:
    body = json.dumps({**QUESTION, **changes}).encode()
    return Api("k", total).handle(authorization=f"Bearer {key}", body=body)


@pytest.mark.parametrize(
    ("changes", "count", "cursor"),
    [
        ({}, 10, "10"),
        ({"limit": 3, "cursor": "5"}, 3, "8"),
        ({"limit": 999}, MAX_LIMIT, str(MAX_LIMIT)),
        ({"limit": 20, "cursor": "990"}, 10, None),
        ({"cursor": "2000"}, 0, None),
    ],
)
def test_pages_are_bounded_and_name_the_next_one(
    changes: dict[str, Any], count: int, cursor: str | None
) -> None:
    page = ask(**changes)

    assert (len(page["leads"]), page["next_cursor"]) == (count, cursor)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"niche": " "}, "niche must be text; geography must be text where given."),
        ({"niche": None}, "niche must be text; geography must be text where given."),
        ({"geography": 5}, "niche must be text; geography must be text where given."),
        ({"limit": 0}, "limit must be a whole number above zero."),
        ({"limit": True}, "limit must be a whole number above zero."),
        ({"cursor": "next"}, "cursor must be one that this API gave out."),
        ({"cursor": 7}, "cursor must be one that this API gave out."),
    ],
)
def test_a_bad_question_is_explained(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError) as caught:
        ask(**changes)

    assert caught.value.status == 400
    assert caught.value.payload() == {"error": {"code": "bad_question", "message": message}}


@pytest.mark.parametrize(
    ("key", "body", "status", "code"),
    [
        ("other", b"{}", 401, "unauthorized"),
        ("other", None, 401, "unauthorized"),
        ("k", None, 413, "too_large"),
        ("k", b"{", 400, "bad_question"),
        ("k", b"[]", 400, "bad_question"),
    ],
)
def test_what_is_no_question_is_refused(
    key: str, body: bytes | None, status: int, code: str
) -> None:
    with pytest.raises(ApiError) as caught:
        Api("k", 10).handle(authorization=f"Bearer {key}", body=body)

    assert (caught.value.status, caught.value.code) == (status, code)
