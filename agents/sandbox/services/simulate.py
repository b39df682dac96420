"""Simulated weeks in the sandbox world: every loop of the machine, on a clock of its own.

It runs on whatever database it is given and writes customers into it; `manage.py simulate`
gives it one of its own.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count as counting
from typing import TYPE_CHECKING

from accounts.models import Customer
from accounts.services import outbox
from agents.autopilot.services.cycles import run_due_customers
from agents.inbox.services import send_answers
from agents.inbox.services.process import process_next
from agents.models import Message, Profile
from agents.outreach.services import send
from agents.outreach.services.approvals import approve_all
from agents.profile.services.start import NewCustomer, start_customer
from agents.reports.selectors.invariants import list_broken_invariants
from agents.sandbox.services import replies
from agents.states import ApprovalMode, MessageStatus
from agents.work.services import tasks
from billing.services.trials import make_complimentary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

# In the order in which a working day meets them.
STEPS: tuple[Callable[..., bool], ...] = (
    replies.reply_next,
    process_next,
    send_answers.send_next,
    send.send_next,
    tasks.run_next_task,
    send.sweep_next,
    tasks.sweep_next,
    outbox.send_next,
)
# Hours of the day (UTC) at which the simulated clock stops and everything due is done.
HOURS = (14, 16, 18, 20, 22, 23)
NICHES = ("dental clinics", "law firms", "coffee roasters", "architects", "gyms")
PLACES = ("Austin, Texas", "Portland, Oregon", "Leeds, England", "Denver, Colorado")
_MOST_ROWS = 20_000


def open_customers(*, count: int, now: datetime) -> list[Customer]:
    """`count` customers with full rights; each third one reviews its first mails (`review`)."""
    made = []
    for number in range(count):
        customer = start_customer(
            NewCustomer(
                company=f"Simulated Agency {number + 1}",
                contact_name="Sam Lin",
                email=f"owner{number + 1}@simulation.example",
                niche=NICHES[number % len(NICHES)],
                geography=PLACES[number % len(PLACES)],
                timezone="America/New_York",
                offer="Websites with online booking, built in three weeks.",
                postal_address="1 Main Street, Austin, TX 78701",
            ),
            now=now,
        )
        make_complimentary(customer=customer)
        is_careful = number % 3 == 2  # noqa: PLR2004 # each third
        Profile.objects.filter(pk=customer.pk).update(
            sender_name="Sam Lin",
            approval_mode=ApprovalMode.REVIEW_FIRST if is_careful else ApprovalMode.AUTOPILOT,
        )
        made.append(customer)
    return made


def moments(*, start: datetime, days: int) -> Iterator[datetime]:
    """The stops of the simulated clock, in order."""
    first = start.replace(minute=0, second=0, microsecond=0)
    for day in range(days):
        for hour in HOURS:
            moment = (first + timedelta(days=day)).replace(hour=hour)
            if moment >= start:
                yield moment


def ticking(start: datetime) -> Callable[[], datetime]:
    """A clock that goes on by a microsecond each time it is read: what happens within one
    stop has an order, and a mail after a reply is told from one before it."""
    reads = counting()
    return lambda: start + timedelta(microseconds=next(reads))


def review(*, now: datetime) -> int:
    """Owners who review their first mails look in and approve what waits; the number."""
    waiting = Message.objects.filter(status=MessageStatus.AWAITING_APPROVAL)
    mine: dict[int, list[int]] = {}
    for customer_id, pk in waiting.order_by("pk").values_list("customer_id", "pk"):
        mine.setdefault(customer_id, []).append(pk)
    return sum(
        approve_all(customer=customer, message_ids=mine[customer.pk], by=customer.email, now=now)
        for customer in Customer.objects.filter(pk__in=mine).order_by("pk")
    )


def run_until_idle(*, now: datetime) -> int:
    """Do everything that is due at `now`; the number of rows handled."""
    clock = ticking(now)
    handled = run_due_customers(clock=clock)
    is_busy = True
    while is_busy and handled < _MOST_ROWS:
        is_busy = False
        for step in STEPS:
            while step(now=clock()):
                handled += 1
                is_busy = True
    return handled


def simulate(*, start: datetime, days: int) -> Iterator[tuple[datetime, list[str]]]:
    """Let the simulated clock run; yields each stop with the promises broken by then.

    Every promise is asked at every stop about what was written since the one before, and
    at each day's last stop about all rows there are.
    """
    since = start
    for moment in moments(start=start, days=days):
        review(now=moment)
        run_until_idle(now=moment)
        is_last = moment.hour == HOURS[-1]
        yield moment, list_broken_invariants(now=moment, since=None if is_last else since)
        since = moment
