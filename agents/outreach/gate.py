"""The send gate: everything that may stop a mail, as small checks on plain facts.

`refusal(facts)` is asked inside the claim, whoever asks for the send (SPEC 4.2). Checks
stand in one order: what ends the message for good, then what a person must repair, then
what only time repairs. Limits stack; the first that bites is the one the row records.

A dry run obeys every check but those about the real world outside (identity, entitlement,
verification, region, domain, inbox): these say whether real mail may leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from agents.mailboxes.selectors import INBOX_STALE_AFTER
from agents.outreach.consent_rules import cold_mail_hold
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    AddressCheck,
    ConversationStatus,
    MessageMode,
)
from hossagent.lib.calendars import day_bounds, local_day
from hossagent.lib.compressed import compressed_window_opens_at

if TYPE_CHECKING:
    from collections.abc import Callable

CONTACT_GAP = timedelta(days=30)
# No slot of an hour is taken this close to its end: a send may last as long (the
# transports' time-outs are shorter), and it must not leave in the next hour.
HOUR_GUARD = timedelta(seconds=45)

# How long to wait before looking again at what somebody must put right.
_SOON = timedelta(minutes=5)
_HOURLY = timedelta(hours=1)
_DAILY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a mail may not leave now. `next_look` is None exactly when `is_final`."""

    code: str
    sentence: str
    next_look: datetime | None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class SendFacts:
    """All that the gate knows about one message, read under the customer's lock."""

    now: datetime
    mode: str
    # What the message would be planned as at this moment.
    mode_now: str

    # Switches and rights.
    is_stopped: bool
    is_autopilot_off_for_all: bool
    is_closed: bool
    is_paused: bool
    is_autopilot_off: bool
    may_work: bool
    may_send_live: bool
    is_owner_verified: bool

    # Who speaks.
    sender_name: str
    sender_address: str
    postal_address: str

    # Who is written to.
    lead: str
    lead_status: str
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

    # The message.
    step: int
    needs_approval: bool
    problems: tuple[str, ...]

    # The window, in the recipient's zone when known, else the customer's.
    zone: str
    window_start: time
    window_end: time
    window_weekdays: tuple[int, ...]
    customer_zone: str

    # The limits.
    day_used: int
    day_limit: int
    cycle_used: int
    cycle_limit: int
    cycle_ends_at: datetime
    hour_used: int
    hour_limit: int
    pace_until: datetime | None
    domain_gap_until: datetime | None

    # The health of the way out and of the way back.
    breaker: str
    has_unread_mail: bool
    inbox_read_at: datetime | None
    domain_problem: str

    # The sandbox world's clock; 1 is real time.
    speed: int
    anchor: datetime

    @property
    def is_live(self) -> bool:
        return self.mode == MessageMode.LIVE

    def later(self, wait: timedelta) -> datetime:
        """`wait` from now on the message's clock."""
        return self.now + wait / self.speed


def _stop(code: str, sentence: str) -> Hold:
    return Hold(code, sentence, None, is_final=True)


# --- What ends the message ------------------------------------------------------------


def _closed(facts: SendFacts) -> Hold | None:
    if facts.is_closed:
        return _stop("closed", "The account is closed.")
    return None


def _fictional_lead(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.is_fictional:
        return _stop("fictional_lead", f"{facts.lead} is made up; no real mail goes there.")
    return None


def _mode_changed(facts: SendFacts) -> Hold | None:
    if facts.mode == facts.mode_now:
        return None
    words = {MessageMode.LIVE.value: "real mail", MessageMode.DRY_RUN.value: "a dry run"}
    return _stop(
        "mode_changed",
        f"This was planned as {words[facts.mode]}, and it would now be "
        f"{words[facts.mode_now]}: it is planned anew.",
    )


def _suppressed(facts: SendFacts) -> Hold | None:
    if facts.suppressed_by:
        return _stop("suppressed", f"{facts.lead} must not be written to: {facts.suppressed_by}.")
    return None


def _replied(facts: SendFacts) -> Hold | None:
    if facts.replied_at is not None:
        return _stop("replied", f"{facts.lead} has replied; the sequence is over.")
    return None


def _lead_state(facts: SendFacts) -> Hold | None:
    if facts.lead_status not in LEAD_OPEN_TO_OUTREACH:
        state = facts.lead_status.replace("_", " ")
        return _stop("lead_state", f"{facts.lead} is {state}; outreach has ended.")
    return None


def _company_replied(facts: SendFacts) -> Hold | None:
    if facts.company_replied:
        return _stop(
            "company_replied",
            f"Somebody else at {facts.lead}'s company has replied; nobody there is written "
            "to in parallel.",
        )
    return None


def _undeliverable(facts: SendFacts) -> Hold | None:
    if facts.address_check == AddressCheck.UNDELIVERABLE:
        return _stop(
            "undeliverable",
            f"Mail cannot be delivered to {facts.lead}{_in_brackets(facts.address_flags)}.",
        )
    return None


def _in_brackets(flags: str) -> str:
    """What is known about an address, as words after it: " (no such domain)"."""
    words = ", ".join(flag.replace("_", " ") for flag in flags.split())
    return f" ({words})" if words else ""


def _conversation_closed(facts: SendFacts) -> Hold | None:
    if facts.conversation == ConversationStatus.CLOSED:
        return _stop("conversation_closed", f"The conversation with {facts.lead} is closed.")
    return None


# --- What a person must do ------------------------------------------------------------


def _stopped(facts: SendFacts) -> Hold | None:
    if facts.is_stopped:
        return Hold("stopped", "The operator has stopped all outreach.", facts.later(_SOON))
    return None


def _autopilot_off_for_all(facts: SendFacts) -> Hold | None:
    if facts.is_autopilot_off_for_all:
        return Hold(
            "autopilot_off_for_all",
            "The operator has turned the autopilot off for everybody.",
            facts.later(_SOON),
        )
    return None


def _paused(facts: SendFacts) -> Hold | None:
    if facts.is_paused:
        return Hold(
            "paused", "The operator has paused outreach for this account.", facts.later(_SOON)
        )
    return None


def _autopilot_off(facts: SendFacts) -> Hold | None:
    """Many customers stay off for good, so their mails are asked less often; turning it on
    makes them due at once."""
    if facts.is_autopilot_off:
        return Hold(
            "autopilot_off", "Autopilot is off; turn it on in the settings.", facts.later(_HOURLY)
        )
    return None


def _taken_over(facts: SendFacts) -> Hold | None:
    if facts.conversation == ConversationStatus.HUMAN:
        return Hold(
            "taken_over",
            f"A person looks after the conversation with {facts.lead}; the agents wait until it "
            "is given back.",
            facts.later(_HOURLY),
        )
    return None


def _risky_address(facts: SendFacts) -> Hold | None:
    if facts.address_check == AddressCheck.RISKY:
        return Hold(
            "risky_address",
            f"The address of {facts.lead} is risky{_in_brackets(facts.address_flags)}; find a "
            "better one, or close the lead.",
            facts.later(_DAILY),
        )
    return None


def _no_plan(facts: SendFacts) -> Hold | None:
    if not facts.may_work:
        return Hold("no_plan", "The plan has ended; subscribe to continue.", facts.later(_HOURLY))
    return None


def _not_entitled(facts: SendFacts) -> Hold | None:
    if facts.is_live and not facts.may_send_live:
        return Hold(
            "not_entitled",
            "Real mail needs a paid subscription; there is none at the moment.",
            facts.later(_HOURLY),
        )
    return None


def _owner_unverified(facts: SendFacts) -> Hold | None:
    if facts.is_live and not facts.is_owner_verified:
        return Hold(
            "owner_unverified",
            "The owner's email address is not verified; open the link in the welcome mail.",
            facts.later(_HOURLY),
        )
    return None


def _no_identity(facts: SendFacts) -> Hold | None:
    if not facts.is_live:
        return None
    missing = [
        words
        for words, value in (
            ("a sender name", facts.sender_name),
            ("a postal address", facts.postal_address),
            ("a From address", facts.sender_address),
        )
        if not value.strip()
    ]
    if not missing:
        return None
    return Hold(
        "no_identity",
        f"Cold mail must say who writes; add {' and '.join(missing)} in the settings.",
        facts.later(_HOURLY),
    )


def _region(facts: SendFacts) -> Hold | None:
    if not facts.is_live:
        return None
    if hold := cold_mail_hold(facts.country, facts.mail_domain):
        return Hold("region", f"{facts.lead} waits for a person: {hold}.", facts.later(_DAILY))
    return None


def _needs_approval(facts: SendFacts) -> Hold | None:
    if facts.needs_approval:
        return Hold("needs_approval", "This mail waits for your approval.", facts.later(_HOURLY))
    return None


def _copy(facts: SendFacts) -> Hold | None:
    if facts.problems:
        return Hold(
            "copy",
            f"The mail to {facts.lead} cannot leave as it is: {'; '.join(facts.problems)}.",
            facts.later(_DAILY),
        )
    return None


def _domain_check(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.domain_problem:
        return Hold(
            "domain_check",
            f"The sending domain is not ready: {facts.domain_problem}.",
            facts.later(_HOURLY),
        )
    return None


def _breaker(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.breaker:
        return Hold("breaker", facts.breaker, facts.later(_HOURLY))
    return None


# --- What time repairs ----------------------------------------------------------------


def _unread_mail(facts: SendFacts) -> Hold | None:
    if facts.step > 0 and facts.has_unread_mail:
        return Hold(
            "unread_mail",
            "Mail has come in that is not read yet; it may be this lead's answer.",
            facts.now + timedelta(minutes=1) / facts.speed,
        )
    return None


def _inbox_stale(facts: SendFacts) -> Hold | None:
    if not facts.is_live or facts.step == 0:
        return None
    if facts.inbox_read_at and facts.now - facts.inbox_read_at <= INBOX_STALE_AFTER:
        return None
    when = f"since {facts.inbox_read_at:%B %d, %H:%M} UTC" if facts.inbox_read_at else "yet"
    return Hold(
        "inbox_not_read",
        f"The inbox has not been read {when}, so nobody knows whether {facts.lead} answered.",
        facts.later(_SOON),
    )


def _contact_gap(facts: SendFacts) -> Hold | None:
    other = facts.contacted_by_other_at
    if other is None or facts.now >= other + CONTACT_GAP / facts.speed:
        return None
    return Hold(
        "contact_gap",
        "This person had mail from another sender here within the last 30 days.",
        other + CONTACT_GAP / facts.speed,
    )


def _window(facts: SendFacts) -> Hold | None:
    opens = compressed_window_opens_at(
        facts.now,
        facts.zone,
        anchor=facts.anchor,
        speed=facts.speed,
        start=facts.window_start,
        end=facts.window_end,
        weekdays=facts.window_weekdays,
    )
    if opens <= facts.now:
        return None
    return Hold(
        "window",
        f"Outside the sending hours ({facts.window_start:%H:%M} to "
        f"{facts.window_end:%H:%M}, {facts.zone}).",
        opens,
    )


def _daily_ramp(facts: SendFacts) -> Hold | None:
    if facts.day_used < facts.day_limit:
        return None
    _, ends = day_bounds(local_day(facts.now, facts.customer_zone), facts.customer_zone)
    return Hold(
        "daily_ramp",
        f"Today's {facts.day_limit} mails are used up; the number grows after good days.",
        ends,
    )


def _cycle_cap(facts: SendFacts) -> Hold | None:
    if facts.cycle_used < facts.cycle_limit:
        return None
    return Hold(
        "cycle_cap",
        f"{facts.cycle_limit} mails have left in this cycle; the rest goes in the next.",
        max(facts.cycle_ends_at, facts.now + timedelta(seconds=1)),
    )


def _pace(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.pace_until and facts.now < facts.pace_until:
        return Hold(
            "pace", "Mails leave one at a time, with a pause between them.", facts.pace_until
        )
    return None


def _domain_gap(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.domain_gap_until and facts.now < facts.domain_gap_until:
        return Hold(
            "domain_gap",
            f"{facts.mail_domain} had a mail a moment ago; the next one waits.",
            facts.domain_gap_until,
        )
    return None


def hour_ends_at(now: datetime) -> datetime:
    """The end of the clock hour (UTC) that `now` falls in."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start + timedelta(hours=1)


def hourly_cap(facts: SendFacts) -> Hold | None:
    """The cap that all workers share; also asked when the last slot was just lost."""
    ends = hour_ends_at(facts.now)
    if facts.hour_used >= facts.hour_limit:
        return Hold(
            "hourly_cap",
            f"All {facts.hour_limit} mails of this hour have left; the next hour has its own.",
            ends,
        )
    return None


def _hour_guard(facts: SendFacts) -> Hold | None:
    ends = hour_ends_at(facts.now)
    if facts.is_live and facts.now >= ends - HOUR_GUARD:
        return Hold(
            "hour_guard",
            "The hour is about to end; a mail begun now could be counted in the wrong one.",
            ends,
        )
    return None


CHECKS: tuple[Callable[[SendFacts], Hold | None], ...] = (
    _stopped,
    _autopilot_off_for_all,
    _closed,
    _paused,
    _autopilot_off,
    _fictional_lead,
    _mode_changed,
    _suppressed,
    _replied,
    _lead_state,
    _company_replied,
    _undeliverable,
    _conversation_closed,
    _taken_over,
    _risky_address,
    _no_plan,
    _not_entitled,
    _owner_unverified,
    _no_identity,
    _region,
    _needs_approval,
    _copy,
    _domain_check,
    _breaker,
    _unread_mail,
    _inbox_stale,
    _contact_gap,
    _window,
    _daily_ramp,
    _cycle_cap,
    _pace,
    _domain_gap,
    hourly_cap,
    _hour_guard,
)

# Refusals that last until somebody turns something on: no time can be named.
SWITCHED_OFF = frozenset({"stopped", "autopilot_off_for_all", "paused", "autopilot_off"})

# Refusals about one lead that only a person ends: such a mail waits for no turn.
WAITS_FOR_A_PERSON = frozenset({"taken_over", "risky_address", "region"})

# Refusals by a counter: the line that the log carries for them says THROTTLED.
THROTTLES = frozenset({"daily_ramp", "cycle_cap", "hourly_cap"})


def check_send(facts: SendFacts) -> Hold | None:
    """The first check that bites, or None when the mail may leave."""
    for check in CHECKS:
        if (found := check(facts)) is not None:
            return found
    return None
