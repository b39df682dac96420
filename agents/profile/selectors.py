"""What only the customer can do next, told from rows that are already loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.entitlements import can_run_agent_for, lead_allowance, task_allowance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. `page` is the URL name of where it is done."""

    title: str
    text: str
    page: str


STOPPED = NextStep(
    "Put your HossAgent back to work",
    "It is not running, because your plan does not let it work. See Billing for the reason.",
    "portal:billing",
)


def list_next_steps(
    *, customer: Customer, approvals: int, replies: int, now: datetime
) -> tuple[NextStep, ...]:
    """Most urgent first: people who wait, then what keeps the agents from working."""
    may_work = can_run_agent_for(customer, now=now)
    steps = (
        _answer(replies),
        _approve(approvals),
        _limits(customer, now) if may_work else STOPPED,
        _market(customer),
        _profile(customer),
        _autopilot(customer) if may_work else None,
    )
    return tuple(step for step in steps if step is not None)


def _answer(replies: int) -> NextStep | None:
    if not replies:
        return None
    return NextStep(
        f"{_count(replies, 'reply needs', 'replies need')} your answer",
        "Someone replied. Read the thread and answer while it is fresh.",
        "portal:conversation_list",
    )


def _approve(approvals: int) -> NextStep | None:
    if not approvals:
        return None
    return NextStep(
        f"{_count(approvals, 'email needs', 'emails need')} your approval",
        "Approve, edit or skip each one. None goes out before you decide.",
        "portal:approval_list",
    )


def _limits(customer: Customer, now: datetime) -> NextStep | None:
    """What the plan no longer gives, though it lets the agents work."""
    allowances = (
        ("leads", lead_allowance(customer, now=now)),
        ("tasks", task_allowance(customer, now=now)),
    )
    gone = [words for words, allowance in allowances if allowance.is_used_up]
    if not gone:
        return None
    return NextStep(
        f"You have used all trial {_listed(gone)}",
        "See Billing for what you used and how to continue without limits.",
        "portal:billing",
    )


def _market(customer: Customer) -> NextStep | None:
    if customer.niche and customer.geography:
        return None
    return NextStep(
        "Choose who to look for",
        "One city or state works best. Until you enter one, leads come from anywhere."
        if customer.niche
        else "Without a niche, no leads can be found.",
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
        "Your HossAgent is not running. It goes back to work when you turn on Autopilot.",
        "portal:settings_autopilot",
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} and {words[-1]}"
