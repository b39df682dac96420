"""Secrets of addresses, headers and values become dots; what else is logged fits into JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import pytest

from hossagent.lib.log_secrets import hide_in_trace, hide_tokens, plain_fields

TOKEN = "LDH-cfsVXnJfekrTbRclBEp3X6yvdF5o6262GOVj-5k"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"/portal/{TOKEN}", "/portal/..."),
        (f"/portal/{TOKEN}%3E x", "/portal/... x"),
        (f"/portal/{TOKEN}%20", "/portal/..."),
        (f"/portal/{TOKEN}<b>", "/portal/...<b>"),
        (f"/o/{TOKEN})", "/o/...)"),
        (f"/o/{TOKEN},", "/o/...,"),
        (f"/o/%4C{TOKEN[1:]}/leads", "/o/.../leads"),
        (f"?next=%2Fportal%2F{TOKEN}", "?next=%2Fportal%2F..."),
        (f"?next=%2fportal%2f{TOKEN}&a=1", "?next=%2fportal%2f...&a=1"),
        (f"?next=%252Fportal%252F{TOKEN}", "?next=%252Fportal%252F..."),
        ("?access_token=abc&api_key=def&page=2", "?access_token=...&api_key=...&page=2"),
        ("?TOKEN=abc&Code=12", "?TOKEN=...&Code=..."),
        ("?next=%2Flogin%3Ftoken%3Dabc%26page%3D2", "?next=%2Flogin%3Ftoken%3D...%26page%3D2"),
        ("password='a b' x", "password=... x"),
        ("Authorization: Bearer abc.def-g", "Authorization: Bearer ..."),
        ("authorization: basic dXNlcjpwdw==", "authorization: basic ..."),
        ('{"api_key": "a b", "n": 1}', '{"api_key": "...", "n": 1}'),
        (r'{"api_key": "a\"b", "n": 1}', '{"api_key": "...", "n": 1}'),
        (r'"{\"api_key\": \"ab\", \"n\": 1}"', r'"{\"api_key\": \"...\", \"n\": 1}"'),
        ("{'password': 'it', 'n': 1}", "{'password': '...', 'n': 1}"),
        ('{"code": 123456}', '{"code": ...}'),
        ("{'status_code': 404}", "{'status_code': 404}"),
        ("status_code=404", "status_code=404"),
        ("/admin/agents/lead/17/change/", "/admin/agents/lead/17/change/"),
    ],
)
def test_secrets_become_dots(text: str, expected: str) -> None:
    assert hide_tokens(text) == expected


FILE = '  File "/srv/a_very_long_folder_name/views.py", line 7, in <module>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FILE, FILE),
        (f"  | {FILE}", f"  | {FILE}"),
        (f'  File "/portal/{TOKEN}" is missing', '  File "/portal/..." is missing'),
        (f'  File "/portal/{TOKEN}', '  File "/portal/...'),
        (f"{FILE} /portal/{TOKEN}", '  File "/srv/.../views.py", line 7, in <module> /portal/...'),
        (f"{FILE}\n    get('/o/{TOKEN}')", f"{FILE}\n    get('/o/...')"),
    ],
)
def test_only_lines_of_a_traceback_name_files(text: str, expected: str) -> None:
    assert hide_in_trace(text) == expected


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Silent:
    def __str__(self) -> str:
        raise RuntimeError


CIRCLE: list[Any] = [1]
CIRCLE.append(CIRCLE)
DEEP: list[Any] = []
for _ in range(10):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        pytest.param(1 << 20_000, hex(1 << 20_000), id="a long number"),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (datetime(2026, 3, 4, 17, tzinfo=UTC), "2026-03-04T17:00:00+00:00"),
        (Path("/o") / TOKEN, "/o/..."),
        (Silent(), "<Silent>"),
        ([f"/o/{TOKEN}", {"path": f"/o/{TOKEN}"}], ["/o/...", {"path": "/o/..."}]),
        ((float("inf"), {1}), ["inf", [1]]),
        ({("a", 1): 2, None: 3, f"/o/{TOKEN}": 4}, {"('a', 1)": 2, "None": 3, "/o/...": 4}),
        (
            {"api_key": "abc", "tokens": 7, "Password": "x"},
            {"api_key": "...", "tokens": 7, "Password": "..."},
        ),
        (CIRCLE, [1, "(...)"]),
        (DEEP, [[[[[["(...)"]]]]]]),
    ],
)
def test_any_value_fits_into_json(value: object, expected: object) -> None:
    found = plain_fields({"x": value})

    assert found == {"x": expected}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_field_that_is_named_a_secret_is_hidden() -> None:
    assert plain_fields({"access_token": "abc", "n": 1}) == {"access_token": "...", "n": 1}
