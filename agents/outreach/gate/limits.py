"""What is used up for now: the day, the cycle, the hour, the pauses between two emails.

Limits stack. The first that holds is the one that the row records.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agents.outreach.gate.holds import Hold
from agents.states import HoldCode
from hossagent.lib.calendars import day_bounds, local_day

if TYPE_CHECKING:
    from agents.outreach.gate.facts import SendFacts

# No slot of an hour is taken this close to its end: a send may last as long (the
# transports' time-outs are shorter), and it must not leave in the next hour.
HOUR_GUARD = timedelta(seconds=45)


def hour_ends_at(now: datetime) -> datetime:
    """The end of the clock hour (UTC) that `now` falls in."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start + timedelta(hours=1)


def hour_used_up(facts: SendFacts) -> Hold:
    """The hold of a message for which the hour has no slot."""
    return Hold(
        HoldCode.HOURLY_CAP,
        f"This hour's limit of {facts.limits.hour_limit} emails is used up. The next hour has its "
        "own limit.",
        hour_ends_at(facts.now),
    )


def _daily_ramp(facts: SendFacts) -> Hold | None:
    limits = facts.limits
    if limits.day_used < limits.day_limit:
        return None
    _, ends = day_bounds(local_day(facts.now, limits.zone), limits.zone)
    return Hold(
        HoldCode.DAILY_RAMP,
        f"Today's limit of {limits.day_limit} emails is used up. The limit grows after good days.",
        ends,
    )


def _cycle_cap(facts: SendFacts) -> Hold | None:
    limits = facts.limits
    if limits.cycle_used < limits.cycle_limit:
        return None
    return Hold(
        HoldCode.CYCLE_CAP,
        f"This cycle's limit of {limits.cycle_limit} emails is used up. The rest are sent in the "
        "next cycle.",
        max(limits.cycle_ends_at, facts.now + timedelta(seconds=1)),
    )


def _pace(facts: SendFacts) -> Hold | None:
    until = facts.limits.pace_until
    if facts.is_live and until and facts.now < until:
        return Hold(HoldCode.PACE, "Emails are sent one at a time, with a pause in between.", until)
    return None


def _domain_gap(facts: SendFacts) -> Hold | None:
    until = facts.recipient.domain_gap_until
    if facts.is_live and until and facts.now < until:
        return Hold(
            HoldCode.DOMAIN_GAP,
            f"{facts.recipient.mail_domain} got an email a moment ago. The next one waits.",
            until,
        )
    return None


def _hourly_cap(facts: SendFacts) -> Hold | None:
    """The cap that all workers share."""
    if facts.limits.hour_used >= facts.limits.hour_limit:
        return hour_used_up(facts)
    return None


def _hour_guard(facts: SendFacts) -> Hold | None:
    ends = hour_ends_at(facts.now)
    if facts.is_live and facts.now >= ends - HOUR_GUARD:
        return Hold(
            HoldCode.HOUR_GUARD,
            "The hour is about to end. An email started now could count toward the wrong hour.",
            ends,
        )
    return None


CHECKS = (_daily_ramp, _cycle_cap, _pace, _domain_gap, _hourly_cap, _hour_guard)
