"""Why is nothing sending? Ordered checks, each with its number and its fix.

The same gate that decides about a mail is asked about the next mail of each customer, and
the switches are read where the gate reads them, so this list says what the engine does. A
check has the code of the refusal that it explains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Min

from agents.mailboxes.selectors import INBOX_LOOP, INBOX_STALE_AFTER
from agents.mode import get_outreach_mode, get_sender_address
from agents.models import (
    Breaker,
    DomainCheck,
    Heartbeat,
    HourlyQuota,
    Lead,
    Message,
    SendAttempt,
)
from agents.outreach import gate
from agents.outreach.selectors.gather import get_days, get_send_facts
from agents.outreach.selectors.shared_facts import domain_problem
from agents.outreach.selectors.switches import customer_switch_facts, get_operator_switches
from agents.states import AttemptOutcome, MessageMode, MessageStatus, QuotaMode
from billing.entitlements import can_run_agent_for, get_plan_status, may_send_live
from hossagent import subsystems
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from accounts.models import Customer

# A loop that has been silent for so long is taken for stopped.
LOOP_SILENT = timedelta(minutes=5)
# Only the operator can mend these; their numbers are about the whole service.
OPERATOR_CHECKS = frozenset(
    {
        "stopped",
        "autopilot_off_for_all",
        "paused",
        "loop",
        "domain_check",
        "inbox",
        "server",
        "breaker",
        "hourly_cap",
    }
)
# Outcomes of attempts in which the server was asked.
_TRIED = (AttemptOutcome.SUCCESS, AttemptOutcome.FAIL, AttemptOutcome.UNKNOWN)
# How an attempt is recorded whose verdict was that nobody answers.
_UNREACHABLE = "unreachable"
OURS_TO_MEND = "This one is ours to mend, and your emails wait for it. Write to us if it lasts."


@dataclass(frozen=True, slots=True)
class Check:
    """One question, answered. `fix` says what to do and is empty when `passed`."""

    code: str
    question: str
    passed: bool
    number: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All checks in order, and when the next mail may leave: None when none waits, or none
    leaves until somebody turns something on, which `next_refusal` says."""

    checks: tuple[Check, ...]
    next_send_at: datetime | None
    next_refusal: str = ""

    @property
    def problems(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def explain_service(*, now: datetime) -> Explanation:
    """For the whole service: what would stop every customer's mail. Eight queries."""
    waiting = Message.objects.filter(
        status__in=[MessageStatus.QUEUED, MessageStatus.CLAIMED], due_at__isnull=False
    ).aggregate(count=Count("pk"), first=Min("due_at"))
    held = dict(
        Message.objects.filter(status=MessageStatus.QUEUED)
        .exclude(held_code="")
        .values_list("held_code")
        .annotate(Count("pk"))
    )
    switches = _switch_checks()
    checks = (
        *switches,
        _mode_check(),
        _loop_check(now),
        *_way_out_checks(now),
        _hour_check(now),
        Check(
            "queue",
            "Is anything waiting to leave?",
            bool(waiting["count"]),
            f"{waiting['count']} messages"
            + (
                " (held: " + ", ".join(f"{code} {n}" for code, n in sorted(held.items())) + ")"
                if held
                else ""
            ),
            "" if waiting["count"] else "Add leads, or approve what waits; BizDev plans the rest.",
        ),
    )
    if off := [check for check in switches if not check.passed]:
        return Explanation(checks, None, off[0].fix)
    return Explanation(checks, waiting["first"])


def explain_customer(*, customer: Customer, now: datetime) -> Explanation:
    """For one customer, loaded with `subscription` and `profile`. A fixed number of queries."""
    mode = get_outreach_mode(customer=customer, now=now)
    message = (
        Message.objects.for_customer(customer)
        .filter(status=MessageStatus.QUEUED)
        .select_related("lead__conversation", "customer__profile", "customer__subscription")
        .order_by("due_at", "pk")
        .first()
    )
    refusal = None
    if message is not None:
        facts = get_send_facts(messages=[message], now=now, problems={})[message.pk]
        refusal = gate.check_send(facts)
    checks = (
        *_switch_checks(),
        *_customer_checks(customer, now=now),
        *_mode_and_limits(customer, mode=mode, now=now),
        *_work_checks(customer, now=now),
        *((_loop_check(now),)),
        *(_way_out_checks(now, customer=customer) if mode == MessageMode.LIVE else ()),
        _gate_check(message, refusal),
    )
    next_at = None
    if message is not None and message.due_at is not None:
        soonest = max(message.due_at, now)
        next_at = refusal.next_look if refusal is not None else soonest
        if refusal is not None and refusal.code in gate.SWITCHED_OFF:
            next_at = None
        if next_at is not None:
            next_at = max(next_at, message.due_at)
    return Explanation(checks, next_at, refusal.sentence if refusal else "")


def explain_to_customer(*, customer: Customer, now: datetime) -> Explanation:
    """The same in the customer's words: what the operator has to mend is named without
    the service's own numbers, settings and commands."""
    found = explain_customer(customer=customer, now=now)
    return replace(found, checks=tuple(_in_customer_words(check) for check in found.checks))


def _in_customer_words(check: Check) -> Check:
    is_theirs = check.code not in OPERATOR_CHECKS and "_" not in check.fix
    if is_theirs:
        return check
    return replace(
        check,
        number="yes" if check.passed else "no",
        fix="" if check.passed else OURS_TO_MEND,
    )


def _switch_checks() -> tuple[Check, ...]:
    switches = get_operator_switches()
    stopped, is_on = switches.outreach_stopped_at, switches.is_autopilot_on
    return (
        Check(
            "stopped",
            "Is outreach switched on?",
            stopped is None,
            "on" if stopped is None else f"stopped {stopped:%Y-%m-%d %H:%M} UTC",
            "" if stopped is None else "Resume outreach in the control room.",
        ),
        Check(
            "autopilot_off_for_all",
            "Is the autopilot on for everybody?",
            is_on,
            "on" if is_on else "off",
            "" if is_on else "Switch the autopilot on in the control room.",
        ),
    )


def _mode_check() -> Check:
    email = subsystems.email()
    return Check(
        "mode", "Can real mail leave?", email.is_live, f"{email.mode}: {email.reason}", email.fix
    )


def _loop_check(now: datetime) -> Check:
    beat = Heartbeat.objects.filter(pk="agents.send_due").first()
    passed = beat is not None and now - beat.beat_at <= LOOP_SILENT
    return Check(
        "loop",
        "Is a worker sending?",
        passed,
        f"last seen {beat.beat_at:%H:%M:%S} UTC" if beat else "never seen",
        "" if passed else "Start the workers: manage.py up, or celery in production.",
    )


def _way_out_checks(now: datetime, *, customer: Customer | None = None) -> tuple[Check, ...]:
    if not subsystems.email().is_live:
        return ()
    domain = get_sender_address().rpartition("@")[2].lower()
    problem = domain_problem(domain=domain, check=DomainCheck.objects.filter(pk=domain).first())
    inbox = Heartbeat.objects.filter(pk=INBOX_LOOP[settings.CONFIG.EMAIL_MODE]).first()
    is_read = inbox is not None and now - inbox.beat_at <= INBOX_STALE_AFTER
    breakers = Breaker.objects.filter(rearmed_at=None)
    if customer is not None:
        breakers = breakers.filter(scope__in=["all", f"customer:{customer.pk}"])
    open_breakers = list(breakers.values_list("scope", "sentence"))
    return (
        Check(
            "domain_check",
            "Is the sending domain set up?",
            not problem,
            problem or f"SPF and DMARC of {domain} pass",
            f"Publish the records that manage.py check_domain shows for {domain}."
            if problem
            else "",
        ),
        Check(
            "inbox",
            "Is the inbox being read?",
            is_read,
            f"last read {inbox.beat_at:%Y-%m-%d %H:%M} UTC" if inbox else "never read",
            "" if is_read else "Check the IMAP settings and the workers; follow-ups wait for it.",
        ),
        _server_check(),
        Check(
            "breaker",
            "Is every circuit breaker closed?",
            not open_breakers,
            f"{len(open_breakers)} open",
            f"{open_breakers[0][1]} Re-arm it in the control room." if open_breakers else "",
        ),
    )


def _server_check() -> Check:
    """By the newest try of a real mail; there need not have been one."""
    tried = SendAttempt.objects.filter(outcome__in=_TRIED, mode=settings.CONFIG.EMAIL_MODE)
    newest = tried.order_by("-at").first()
    if newest is None or newest.code != _UNREACHABLE:
        when = f"{newest.at:%Y-%m-%d %H:%M} UTC" if newest else "not asked yet"
        return Check("server", "Does the mail server answer?", passed=True, number=when)
    return Check(
        "server",
        "Does the mail server answer?",
        passed=False,
        number=f"not at {newest.at:%Y-%m-%d %H:%M} UTC: {newest.detail}",
        fix="Check the network and the server's settings. It is asked again every ten minutes, "
        "and no lead is lost.",
    )


def _hour_check(now: datetime) -> Check:
    limit = settings.CONFIG.MAX_EMAILS_PER_HOUR
    used = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    live = used.get(QuotaMode.LIVE, 0)
    passed = live < limit
    return Check(
        "hourly_cap",
        "Is there room in this hour?",
        passed,
        f"{live} of {limit} (dry run {used.get(QuotaMode.DRY_RUN, 0)})",
        ""
        if passed
        else f"Wait until {gate.hour_ends_at(now):%H:%M} UTC, or raise MAX_EMAILS_PER_HOUR.",
    )


def _customer_checks(customer: Customer, *, now: datetime) -> tuple[Check, ...]:
    works = can_run_agent_for(customer, now=now)
    off = customer_switch_facts(customer)
    return (
        Check(
            "closed",
            "Is the account open?",
            not off["is_closed"],
            "closed" if off["is_closed"] else "open",
            "Nothing more is sent for a closed account." if off["is_closed"] else "",
        ),
        Check(
            "paused",
            "Is outreach running?",
            not off["is_paused"],
            "paused" if off["is_paused"] else "running",
            "Resume this customer's outreach in the control room." if off["is_paused"] else "",
        ),
        Check(
            "autopilot_off",
            "Is Autopilot on?",
            not off["is_autopilot_off"],
            "off" if off["is_autopilot_off"] else "on",
            "Turn Autopilot on in the settings." if off["is_autopilot_off"] else "",
        ),
        Check(
            "plan",
            "Does the plan allow work?",
            works,
            str(get_plan_status(customer, now=now)).replace("_", " "),
            "" if works else "Subscribe on the billing page.",
        ),
    )


def _mode_and_limits(customer: Customer, *, mode: MessageMode, now: datetime) -> tuple[Check, ...]:
    counter = QuotaMode(mode.value)
    day = get_days(customers=[customer], modes=[counter], now=now)[customer.pk, counter]
    may_live = may_send_live(customer, now=now)
    email = subsystems.email()
    why = (
        ""
        if mode == MessageMode.LIVE
        else (email.fix if may_live else "Real mail needs a paid subscription.")
    )
    has_room = day.used < day.limit
    return (
        Check(
            "mode",
            "Can real mail leave?",
            mode == MessageMode.LIVE,
            mode.value.replace("_", " "),
            why,
        ),
        Check(
            "daily_ramp",
            "Is there room today?",
            has_room,
            f"{day.used} of {day.limit}",
            "" if has_room else "The number grows by itself after clean days.",
        ),
        _hour_check(now),
    )


def _work_checks(customer: Customer, *, now: datetime) -> tuple[Check, ...]:
    counts = dict(
        Message.objects.for_customer(customer)
        .filter(due_at__isnull=False)
        .values_list("status")
        .annotate(Count("pk"))
    )
    awaiting = counts.get(MessageStatus.AWAITING_APPROVAL, 0)
    queued = counts.get(MessageStatus.QUEUED, 0) + counts.get(MessageStatus.PLANNED, 0)
    due = Lead.objects.for_customer(customer).filter(next_action_at__isnull=False).count()
    has_work = bool(queued or due)
    return (
        Check(
            "approvals",
            "Is everything approved?",
            not awaiting,
            f"{awaiting} waiting",
            "Approve, edit or skip them on the approvals page." if awaiting else "",
        ),
        Check(
            "work",
            "Is there something to send?",
            has_work,
            f"{queued} messages queued, {due} leads to plan",
            "" if has_work else "Add leads, or widen the niche and the geography.",
        ),
    )


def _gate_check(message: Message | None, refusal: gate.Hold | None) -> Check:
    if message is None:
        return Check("gate", "Would the next mail leave?", passed=True, number="none is queued")
    if refusal is None:
        return Check("gate", "Would the next mail leave?", passed=True, number="yes")
    when = f" Next look {refusal.next_look:%Y-%m-%d %H:%M} UTC." if refusal.next_look else ""
    if refusal.code in gate.SWITCHED_OFF:
        when = ""
    return Check(
        "gate",
        "Would the next mail leave?",
        passed=False,
        number=refusal.code,
        fix=f"{refusal.sentence}{when}",
    )
