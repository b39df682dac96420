"""Whether a status looks good or bad is decided once, beside the status."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from enum import Enum

import pytest
from django.db import models

import accounts.states
import agents.states
import billing.states
from billing.entitlements import PlanStatus
from hossagent.config import BASE_DIR
from hossagent.lib.diagnosis import Result
from hossagent.lib.tones import Tone, Toned, tone_of

# What is no status: kinds, modes, roles, sources and reasons, which nothing colors.
NO_STATUS = {
    *("ApprovalMode", "ApprovalOutcome", "AuditAction", "CheckoutPurpose", "CycleAgent"),
    *(
        "Decider",
        "HoldCode",
        "InboundSource",
        "MessageMode",
        "QuotaMode",
        "Role",
        "SuppressionKind",
    ),
    *("SuppressionReason", "TrialOutcome"),
}
STORED = [
    found
    for package in (accounts.states, agents.states, billing.states)
    for found in vars(package).values()
    if isinstance(found, type) and issubclass(found, models.TextChoices)
]
STATUSES = [kind for kind in STORED if kind.__name__ not in NO_STATUS]
WORDS = {value for kind in STATUSES for value in kind.values}
TEMPLATES = sorted((BASE_DIR / "templates").rglob("*.html"))
DRAWING = [
    *sorted(BASE_DIR.glob("*/templatetags/*.py")),
    *sorted(BASE_DIR.glob("*/admin/*.py")),
    *sorted(BASE_DIR.glob("*/admin.py")),
    BASE_DIR / "hossagent" / "console.py",
]


@pytest.mark.parametrize("kind", [*STATUSES, PlanStatus, Result], ids=lambda kind: kind.__name__)
def test_every_value_of_a_status_has_one_tone(kind: type[Enum]) -> None:
    """Also a value without a color is listed: somebody has decided that it has none."""
    assert issubclass(kind, Toned)
    tones = kind.tones()

    decided = [*tones.good, *tones.bad, *tones.quiet, *tones.neutral]

    assert sorted(decided) == sorted(value.value for value in kind)


def test_what_has_no_tone_is_no_status() -> None:
    toneless = {kind.__name__ for kind in STORED if not issubclass(kind, Toned)}

    assert toneless == NO_STATUS


def test_a_stored_word_has_one_tone_in_every_table() -> None:
    tones: dict[str, set[Tone]] = defaultdict(set)
    for kind in STATUSES:
        for status in kind:
            tones[status.value].add(tone_of(status))

    assert {word: found for word, found in tones.items() if len(found) > 1} == {}
    assert {word: tone_of(word) for word in WORDS} == {
        word: found.pop() for word, found in tones.items()
    }


def test_a_word_that_is_no_status_is_neutral() -> None:
    assert tone_of("Waiting for our answer") is Tone.NEUTRAL


def test_no_template_names_a_status_to_color_it() -> None:
    """`{% status message.status %}` and `{% status "Ready" tone="good" %}` need no word."""
    by_hand = re.compile(
        r'{% (?:status|pill) "(\w+)"'
        r'|class="[^"]*{% if [\w.]*(?:status|state|result|outcome|label) == "(\w+)"'
    )

    found = [
        f"{path.name}: {match[0]}"
        for path in TEMPLATES
        for match in by_hand.finditer(path.read_text())
        if {match[1], match[2]} & WORDS
    ]

    assert len(TEMPLATES) > 50
    assert found == []


def test_no_tag_or_pill_has_a_list_of_status_words() -> None:
    found = [
        f"{path.relative_to(BASE_DIR)}:{node.lineno}"
        for path in DRAWING
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Set | ast.Dict) and len(_words(node)) > 1
    ]

    assert len(DRAWING) > 20
    assert found == []


def _words(node: ast.Set | ast.Dict) -> set[str]:
    parts = node.elts if isinstance(node, ast.Set) else node.keys
    return WORDS & {part.value for part in parts if isinstance(part, ast.Constant)}
