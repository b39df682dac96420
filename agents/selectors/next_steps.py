"""What only the customer can do: computed from facts that are already loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. `page` is the URL name of where it is done."""

    title: str
    text: str
    page: str


def list_next_steps(*, customer: Customer, approvals: int, replies: int) -> tuple[NextStep, ...]:
    """Most urgent first: people who wait, then what holds the agents back."""
    steps = (
        _answer(replies),
        _approve(approvals),
        _market(customer),
        _profile(customer),
        _autopilot(customer),
    )
    return tuple(step for step in steps if step is not None)


def _answer(replies: int) -> NextStep | None:
    if not replies:
        return None
    return NextStep(
        f"{_count(replies, 'reply waits', 'replies wait')} for you",
        "Somebody answered. Read the thread and answer while it is fresh.",
        "portal:conversation_list",
    )


def _approve(approvals: int) -> NextStep | None:
    if not approvals:
        return None
    return NextStep(
        f"{_count(approvals, 'email waits', 'emails wait')} for your approval",
        "Approve, edit or skip each one. None goes out before you do.",
        "portal:approval_list",
    )


def _market(customer: Customer) -> NextStep | None:
    if customer.niche and customer.geography:
        return None
    return NextStep(
        "Say whom to look for",
        "One city or state works best: until you name one, leads come from anywhere."
        if customer.niche
        else "Without a niche no leads can be found.",
        "portal:settings_market",
    )


def _profile(customer: Customer) -> NextStep | None:
    profile = customer.profile
    wanted = (
        ("what you sell", profile.offer),
        ("the sender's name", profile.sender_name),
        ("your postal address", profile.postal_address),
    )
    missing = [words for words, value in wanted if not value.strip()]
    if not missing:
        return None
    return NextStep(
        "Complete your business profile",
        f"Still missing: {_listed(missing)}. Real outreach needs all of it.",
        "portal:settings_profile",
    )


def _autopilot(customer: Customer) -> NextStep | None:
    if customer.autopilot:
        return None
    return NextStep(
        "Turn on Autopilot",
        "Your HossAgent is standing still. It goes back to work when you turn it on.",
        "portal:settings_autopilot",
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} and {words[-1]}"
