"""What the audit trail can say: every action has a place that records it, and no free words."""

from __future__ import annotations

import re

from accounts.states import AuditAction
from tests.meta.test_repository import product_files


def test_every_action_is_recorded_somewhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in product_files())
    named = set(re.findall(r"AuditAction\.([A-Z_]+)", text))

    assert named == {action.name for action in AuditAction}


def test_an_action_is_a_subject_and_what_happened_to_it() -> None:
    odd = [
        action.name
        for action in AuditAction
        if not re.fullmatch(
            r"[A-Z]+(_[A-Z]+)*_(\w+ED|LEFT|PROVEN|RUN|SET|RESET|ASIDE|UP|ON|OFF)", action.name
        )
    ]

    assert odd == []


def test_no_action_is_written_as_free_words() -> None:
    stored = {action.value for action in AuditAction if "." in action.value}
    found = [
        f"{path.name}: {word}"
        for path in product_files()
        if path.name != "states.py"
        for word in re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8"))
        if word in stored
    ]

    assert found == []
