"""The whole loop in the sandbox world: leads, mail, answers, work, invoices, for weeks.

At every stop of the simulated clock every promise about the rows is asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import OutboxMail
from agents.models import Answer, InboundMessage, Lead, Message, SandboxReaction, SendAttempt, Task
from agents.reports.selectors.story import count_story
from agents.sandbox.services.simulate import open_customers, run_until_idle, simulate
from agents.states import LeadStatus, MessageMode, MessageStatus, ReplyLabel, TaskStatus
from billing.models import Invoice
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

# Half past nine in New York, on a Wednesday.
MORNING = NOON.replace(hour=14)


def run(*, customers: int, days: int) -> None:
    open_customers(count=customers, now=MORNING)
    for moment, broken in simulate(start=MORNING, days=days):
        assert broken == [], moment


def test_a_week_of_two_customers_keeps_every_promise(configure: Callable[..., None]) -> None:
    configure(SANDBOX_SPEED=1, MAX_NEW_LEADS_PER_CYCLE=5, MAX_EMAILS_PER_CYCLE=5)

    run(customers=2, days=5)

    story = count_story()
    assert min(story.values()) > 0, story
    assert Message.objects.exclude(mode=MessageMode.DRY_RUN).count() == 0
    assert Message.objects.filter(status=MessageStatus.SENT).count() == 0
    assert Answer.objects.count() == 0  # nothing is ever answered by itself
    assert Lead.objects.filter(status=LeadStatus.CONVERTED).count() > 0
    assert set(InboundMessage.objects.values_list("is_simulated", flat=True)) == {True}
    labels = set(InboundMessage.objects.values_list("label", flat=True))
    assert labels >= {ReplyLabel.INTERESTED, ReplyLabel.BOUNCE, ReplyLabel.OPT_OUT}
    assert Task.objects.filter(kind="reply_draft", status=TaskStatus.DONE).count() > 0
    assert OutboxMail.objects.filter(kind="agents/reply_received").count() > 0


@pytest.mark.slow(minutes=8)
@pytest.mark.sqlite  # the short story above runs on both
def test_thirty_days_of_fifty_customers_keep_every_promise(configure: Callable[..., None]) -> None:
    """`manage.py simulate --customers 50` is the same for a person to look at."""
    configure(
        SANDBOX_SPEED=1,
        MAX_EMAILS_PER_HOUR=1_000,
        MAX_EMAILS_PER_CYCLE=1,
        MAX_NEW_LEADS_PER_CYCLE=1,
    )

    run(customers=50, days=30)

    story = count_story()
    assert min(story.values()) >= 50, story
    # Nobody was forgotten: each customer's leads, mails, work and summaries are there.
    for model in (Lead, Message, InboundMessage, Task, Invoice):
        assert model.objects.values("customer").distinct().count() == 50, model


def test_the_same_world_twice_tells_the_same_story(configure: Callable[..., None]) -> None:
    """Doing the same moment again finds nothing left to do."""
    configure(SANDBOX_SPEED=1)
    open_customers(count=1, now=MORNING)
    run_until_idle(now=MORNING)
    before = (count_story(), SandboxReaction.objects.count(), SendAttempt.objects.count())

    assert run_until_idle(now=MORNING) == 0
    assert (count_story(), SandboxReaction.objects.count(), SendAttempt.objects.count()) == before
