"""All that the gate knows about one message, read under the customer's lock.

One small record for each subject. Messages of one customer share most of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from agents.states import MessageMode, QuotaMode
from hossagent.lib.sandbox_clock import SandboxClock


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What somebody has turned off: the operator, for everybody or for one, or the customer."""

    is_stopped: bool
    is_autopilot_off_for_all: bool
    is_closed: bool
    is_paused: bool
    is_autopilot_off: bool


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """Who writes, and what they may do."""

    name: str
    address: str
    postal_address: str
    may_work: bool
    may_send_live: bool
    is_owner_verified: bool


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """Who is written to, and what has passed between us. `name` is one line for sentences."""

    name: str
    status: str
    is_fictional: bool
    country: str
    # Of the mailbox, whatever the company's own domain is.
    mail_domain: str
    address_check: str
    address_flags: str
    suppressed_by: str
    replied_at: datetime | None
    company_replied: bool
    conversation: str
    contacted_by_other_at: datetime | None
    domain_gap_until: datetime | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The text, and what it was planned as. `mode_now` is what it would be planned as now."""

    mode: str
    mode_now: str
    step: int
    needs_approval: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """The sending hours, in the recipient's zone when known, else the customer's."""

    zone: str
    start: time
    end: time
    weekdays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """The counters that the message uses, and what they allow.

    `zone` is the customer's: whose day it is. `day_starts_with` is the limit that a day's
    first message writes down; `day_limit` is what it comes to on the message's clock.
    """

    counter: QuotaMode
    zone: str
    day_used: int
    day_limit: int
    day_starts_with: int
    cycle_used: int
    cycle_limit: int
    cycle_started_at: datetime
    cycle_ends_at: datetime
    hour_used: int
    hour_limit: int
    pace_until: datetime | None


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """Whether our mail arrives, and whether replies come back to us."""

    breaker: str
    domain_problem: str
    has_unread_mail: bool
    inbox_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class SendFacts:
    """`clock` is the message's: the sandbox world's is faster than real time."""

    now: datetime
    clock: SandboxClock
    switches: SwitchFacts
    sender: SenderFacts
    recipient: RecipientFacts
    message: MessageFacts
    window: WindowFacts
    limits: LimitFacts
    health: HealthFacts

    @property
    def is_live(self) -> bool:
        return self.message.mode == MessageMode.LIVE

    def later(self, wait: timedelta) -> datetime:
        """`wait` from now on the message's clock."""
        return self.clock.after(self.now, wait)
