"""Are the workers, the sending domain, the inbox and the mail server in order?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.mailboxes.selectors import INBOX_STALE_AFTER, domain_problem, inbox_read_at
from agents.mode import get_sender_address
from agents.models import Breaker, DomainCheck, Heartbeat, SendAttempt
from agents.outreach.selectors.why_not_sending.ask import ask
from agents.states import AttemptOutcome, HoldCode
from hossagent import subsystems

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from hossagent.lib.diagnosis import Diagnosis

# A loop that has been silent for so long is taken for stopped.
LOOP_SILENT = timedelta(minutes=5)
# Outcomes of attempts in which the server was asked.
_TRIED = (AttemptOutcome.SUCCESS, AttemptOutcome.FAIL, AttemptOutcome.UNKNOWN)
# The code of an attempt to which nobody answered.
_UNREACHABLE = "unreachable"


def check_loop(*, now: datetime) -> Diagnosis:
    """One query."""
    beat = Heartbeat.objects.filter(pk="agents.send_due").first()
    return ask(
        "loop",
        "Is a worker sending?",
        ok=beat is not None and now - beat.beat_at <= LOOP_SILENT,
        answer=f"last seen {beat.beat_at:%H:%M:%S} UTC" if beat else "never seen",
        fix="Start the workers: manage.py up, or celery in production.",
    )


def check_delivery(*, now: datetime, customer: Customer | None = None) -> tuple[Diagnosis, ...]:
    """What real email needs; none of it is asked while email is a dry run. Four queries."""
    if not subsystems.email().is_live:
        return ()
    return (
        _check_domain(),
        _check_inbox(now=now),
        _check_server(),
        _check_breakers(customer),
    )


def _check_domain() -> Diagnosis:
    domain = get_sender_address().rpartition("@")[2].lower()
    problem = domain_problem(domain=domain, check=DomainCheck.objects.filter(pk=domain).first())
    return ask(
        HoldCode.DOMAIN_CHECK,
        "Is the sending domain set up?",
        ok=not problem,
        answer=problem or f"SPF and DMARC of {domain} pass",
        fix=f"Publish the records that manage.py check_domain shows for {domain}.",
    )


def _check_inbox(*, now: datetime) -> Diagnosis:
    read_at = inbox_read_at()
    return ask(
        "inbox",
        "Is the inbox being read?",
        ok=read_at is not None and now - read_at <= INBOX_STALE_AFTER,
        answer=f"last read {read_at:%Y-%m-%d %H:%M} UTC" if read_at else "never read",
        fix="Check the IMAP settings and the workers. Follow-ups wait until the inbox is read.",
    )


def _check_server() -> Diagnosis:
    """By the newest try of a real email; there need not have been one."""
    question = "Does the mail server answer?"
    tried = SendAttempt.objects.filter(outcome__in=_TRIED, mode=settings.CONFIG.EMAIL_MODE)
    newest = tried.order_by("-at").first()
    if newest is None:
        return ask("server", question, ok=True, answer="not tried yet")
    at = f"{newest.at:%Y-%m-%d %H:%M} UTC"
    is_reached = newest.code != _UNREACHABLE
    return ask(
        "server",
        question,
        ok=is_reached,
        answer=at if is_reached else f"no answer at {at}: {newest.detail}",
        fix="Check the network and the server's settings. HossAgent tries again every ten "
        "minutes. No lead is lost.",
    )


def _check_breakers(customer: Customer | None) -> Diagnosis:
    breakers = Breaker.objects.filter(rearmed_at=None)
    if customer is not None:
        breakers = breakers.filter(scope__in=["all", f"customer:{customer.pk}"])
    sentences = list(breakers.values_list("sentence", flat=True))
    return ask(
        HoldCode.BREAKER,
        "Is every circuit breaker closed?",
        ok=not sentences,
        answer=f"{len(sentences)} open",
        fix=f"{sentences[0]} Reset it in the console." if sentences else "",
    )
