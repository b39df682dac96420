"""The price list of work: every type of task, what it earns, and when it is made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskType:
    """One type of task. `reward_cents` is what a finished one puts on the work summary."""

    key: str
    title: str
    reward_cents: int
    is_starter: bool = False
    needs_lead: bool = False

    def title_for(self, company: str = "") -> str:
        """`Prospect brief: Acme` for work about one lead, the plain title otherwise."""
        return f"{self.title}: {company}"[:200] if self.needs_lead and company else self.title


_ALL = (
    TaskType("ideal_customer_profile", "Ideal customer profile", 3_000, is_starter=True),
    TaskType("market_snapshot", "Market snapshot", 2_500, is_starter=True),
    TaskType("outreach_playbook", "Outreach playbook", 3_500, is_starter=True),
    TaskType("prospect_brief", "Prospect brief", 1_500, needs_lead=True),
    TaskType("meeting_agenda", "Meeting agenda", 1_000, needs_lead=True),
    TaskType("proposal_outline", "Proposal outline", 4_000, needs_lead=True),
    TaskType("reply_draft", "Reply draft", 500, needs_lead=True),
    TaskType("weekly_report", "Weekly report", 1_000),
)

# By the code that `Task.kind` stores.
TASK_TYPES: dict[str, TaskType] = {task_type.key: task_type for task_type in _ALL}

STARTER_TYPES = tuple(task_type for task_type in _ALL if task_type.is_starter)

# What a qualified lead opens. The reply draft is made at once, when the reply is handled.
OPENING_TYPES = tuple(
    TASK_TYPES[key] for key in ("prospect_brief", "meeting_agenda", "proposal_outline")
)
