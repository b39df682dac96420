"""What must hold of the rows: each promise is broken once, and the sentence says which."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.models import (
    Answer,
    DailyQuota,
    HourlyQuota,
    InboundMessage,
    Message,
    SandboxReaction,
    Suppression,
)
from agents.outreach import gate
from agents.reports.selectors.invariants import INVARIANTS, list_broken_invariants
from agents.sandbox.services.simulate import open_customers, simulate
from agents.states import (
    InboundStatus,
    LeadStatus,
    MessageMode,
    MessageStatus,
    QuotaMode,
    SuppressionKind,
    TaskStatus,
)
from agents.suppression.selectors import suppression_hash
from billing.models import Invoice, InvoiceLine
from hossagent.lib.calendars import hour_of
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
    TaskFactory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.models import Lead

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
COPIES = "1 emails are copies of another email."
SUPPRESSED = "1 emails went to suppressed addresses."
REPLIED = "1 emails went to people who had already replied."
LIMITS = "1 hours, days or cycles exceed their limit."
UNPROCESSED = "1 received emails are overdue or were never processed."
OVERDUE = "1 pieces of work are overdue."
STRAYS = "1 rows belong to two customers."
SANDBOX = "1 fictional leads got real email, or real leads got a simulated reply."
INVOICES = "1 invoices do not add up, or bill for work that was not done."


def noticed() -> list[str]:
    """The sentences, which must be the same whether all rows are read or only the news;
    a look at what came later sees none of it."""
    everything = list_broken_invariants(now=NOON)
    assert list_broken_invariants(now=NOON, since=NOON) == everything
    return everything


def mail_out(*, lead: Lead | None = None, **fields: Any) -> Message:
    """A simulated mail that went out at noon, counted as it must be."""
    quota, _ = HourlyQuota.objects.get_or_create(hour=hour_of(NOON), mode=QuotaMode.DRY_RUN)
    HourlyQuota.objects.filter(pk=quota.pk).update(used=quota.used + 1)
    values = {"status": MessageStatus.DRY_RUN, "due_at": None, "finished_at": NOON, **fields}
    return MessageFactory.create(lead=lead or LeadFactory.create(next_action_at=None), **values)


def test_rows_that_keep_every_promise_are_not_complained_about() -> None:
    lead = LeadFactory.create(status=LeadStatus.REPLIED, replied_at=NOON, next_action_at=None)
    mail_out(lead=lead)
    mail_out(lead=lead, step=1)
    InboundMessageFactory.create(due_at=NOON + SECOND)

    assert noticed() == []


def test_two_mails_of_one_step_to_one_address() -> None:
    """The rows of one lead cannot be two: the database refuses that."""
    first = LeadFactory.create(status=LeadStatus.INVALID, next_action_at=None)
    again = LeadFactory.create(customer=first.customer, email=first.email, next_action_at=None)
    mail_out(lead=first)
    mail_out(lead=again)

    assert noticed() == [COPIES]


def test_a_copy_is_seen_although_the_first_one_is_old() -> None:
    first = LeadFactory.create(status=LeadStatus.INVALID, next_action_at=None)
    again = LeadFactory.create(customer=first.customer, email=first.email, next_action_at=None)
    old = NOON - timedelta(days=20)
    MessageFactory.create(lead=first, status=MessageStatus.DRY_RUN, due_at=None, finished_at=old)
    mail_out(lead=again)

    assert noticed() == [COPIES]


def suppress(value: str, *, kind: str, customer: Customer | None = None) -> None:
    Suppression.objects.create(
        customer=customer,
        kind=kind,
        value_hash=suppression_hash(value),
        reason="opt_out",
        created_at=NOON - SECOND,
    )


def test_a_mail_after_its_address_was_listed() -> None:
    suppress("grace@clinic.com", kind=SuppressionKind.ADDRESS)
    mail_out(lead=LeadFactory.create(email="grace@clinic.com", next_action_at=None))

    assert noticed() == [SUPPRESSED]


def test_email_after_its_domain_was_listed_by_its_customer() -> None:
    lead = LeadFactory.create(email="grace@mail.clinic.com", next_action_at=None)
    suppress("clinic.com", kind=SuppressionKind.DOMAIN, customer=lead.customer)
    other = LeadFactory.create(email="alan@clinic.com", next_action_at=None)
    mail_out(lead=lead)
    mail_out(lead=other)  # another customer's list does not bind this one

    assert noticed() == [SUPPRESSED]


def test_a_mail_after_a_reply() -> None:
    lead = LeadFactory.create(
        status=LeadStatus.REPLIED, replied_at=NOON - SECOND, next_action_at=None
    )
    mail_out(lead=lead)

    assert noticed() == [REPLIED]


def test_an_hour_above_its_limit(configure: Callable[..., None]) -> None:
    configure(MAX_EMAILS_PER_HOUR=3)
    HourlyQuota.objects.create(hour=hour_of(NOON), mode=QuotaMode.LIVE, used=4)

    assert noticed() == [LIMITS]


def test_a_day_above_its_limit() -> None:
    DailyQuota.objects.create(
        customer=CustomerFactory.create(), day=NOON, mode=QuotaMode.LIVE, used=6, limit=5
    )

    assert noticed() == [LIMITS]


def test_a_cycle_above_its_limit(configure: Callable[..., None]) -> None:
    configure(MAX_EMAILS_PER_CYCLE=2)
    customer = CustomerFactory.create()
    DailyQuota.objects.create(
        customer=customer, day=NOON, mode=QuotaMode.LIVE, used=3, limit=5, cycle_used=3
    )

    assert noticed() == [LIMITS]


def test_a_mail_that_took_no_slot_of_its_hour() -> None:
    mail_out()
    HourlyQuota.objects.update(used=0)

    assert noticed() == [LIMITS]


def test_a_mail_that_nobody_read() -> None:
    InboundMessageFactory.create(due_at=NOON)

    assert noticed() == [UNPROCESSED]


def test_a_mail_that_was_put_away_unread() -> None:
    InboundMessageFactory.create(status=InboundStatus.PROCESSED, due_at=None)

    assert noticed() == [UNPROCESSED]


def test_work_that_nobody_took() -> None:
    MessageFactory.create(status=MessageStatus.QUEUED)

    assert noticed() == [OVERDUE]


def test_work_that_a_worker_left_half_done() -> None:
    TaskFactory.create(status=TaskStatus.RUNNING)

    assert noticed() == [OVERDUE]


def test_a_mail_of_one_customer_to_a_lead_of_another() -> None:
    mail_out(customer=CustomerFactory.create())

    assert noticed() == [STRAYS]


def test_a_reply_in_the_thread_of_another_customer() -> None:
    thread = ConversationFactory.create()
    InboundMessageFactory.create(
        customer=CustomerFactory.create(),
        conversation=thread,
        status=InboundStatus.PROCESSED,
        due_at=None,
        processed_at=NOON,
    )

    assert noticed() == [STRAYS]


def test_a_reply_to_the_mail_of_another_customer() -> None:
    InboundMessageFactory.create(
        customer=CustomerFactory.create(),
        message=mail_out(),
        status=InboundStatus.PROCESSED,
        due_at=None,
        processed_at=NOON,
    )

    assert noticed() == [STRAYS]


def test_a_thread_with_a_lead_of_another_customer() -> None:
    ConversationFactory.create(customer=CustomerFactory.create())

    assert noticed() == [STRAYS]


def test_an_answer_in_the_thread_of_another_customer() -> None:
    Answer.objects.create(
        customer=CustomerFactory.create(),
        conversation=ConversationFactory.create(),
        mode=MessageMode.DRY_RUN,
        due_at=NOON + SECOND,
        created_at=NOON,
    )

    assert noticed() == [STRAYS]


def test_a_task_about_a_lead_of_another_customer() -> None:
    TaskFactory.create(lead=LeadFactory.create(), due_at=NOON + SECOND)

    assert noticed() == [STRAYS]


def a_line(*, total_cents: int, customer: Customer | None = None) -> InvoiceLine:
    invoice = Invoice.objects.create(
        customer=customer or CustomerFactory.create(), total_cents=total_cents, created_at=NOON
    )
    return InvoiceLine.objects.create(
        invoice=invoice, description="Market snapshot", amount_cents=2_500, created_at=NOON
    )


def done_task(line: InvoiceLine, customer: Customer) -> None:
    TaskFactory.create(
        customer=customer,
        status=TaskStatus.DONE,
        deliverable="# Done",
        due_at=None,
        finished_at=NOON,
        invoice_line=line,
    )


def test_a_task_on_the_summary_of_another_customer() -> None:
    done_task(a_line(total_cents=2_500), CustomerFactory.create())

    assert noticed() == [STRAYS]


def test_real_mail_to_a_made_up_lead() -> None:
    HourlyQuota.objects.create(hour=hour_of(NOON), mode=QuotaMode.LIVE, used=1)
    MessageFactory.create(
        lead=LeadFactory.create(email="grace@clinic.example", next_action_at=None),
        mode=MessageMode.LIVE,
        status=MessageStatus.SENT,
        message_id="<1@hossagent.test>",
        due_at=None,
        sending_at=NOON,
        finished_at=NOON,
    )

    assert noticed() == [SANDBOX]


def test_a_simulated_answer_of_a_real_lead() -> None:
    thread = ConversationFactory.create()
    InboundMessageFactory.create(
        customer=thread.customer,
        conversation=thread,
        is_simulated=True,
        status=InboundStatus.PROCESSED,
        due_at=None,
        processed_at=NOON,
    )

    assert noticed() == [SANDBOX]


def test_a_persona_for_a_real_lead() -> None:
    SandboxReaction.objects.create(message=mail_out(), persona="silent", answered_at=NOON)

    assert noticed() == [SANDBOX]


def test_a_summary_that_does_not_add_up() -> None:
    line = a_line(total_cents=2_400)
    done_task(line, line.invoice.customer)

    assert noticed() == [INVOICES]


def test_a_line_for_which_nothing_was_done() -> None:
    a_line(total_cents=2_500)

    assert noticed() == [INVOICES]


def test_several_broken_promises_are_all_named() -> None:
    mail_out(customer=CustomerFactory.create())
    InboundMessageFactory.create(due_at=NOON)

    assert noticed() == [UNPROCESSED, STRAYS]


def test_every_promise_is_broken_above() -> None:
    """A new promise without a test that breaks it shows here."""
    named = (COPIES, SUPPRESSED, REPLIED, LIMITS, UNPROCESSED, OVERDUE, STRAYS, SANDBOX, INVOICES)

    assert [f"{words.format(1)}." for words, _ in INVARIANTS] == list(named)


def test_what_was_written_before_is_not_read_again() -> None:
    mail_out(customer=CustomerFactory.create())
    a_line(total_cents=1)
    InboundMessageFactory.create(status=InboundStatus.PROCESSED, due_at=None)

    assert list_broken_invariants(now=NOON, since=NOON + SECOND) == []


def test_a_machine_without_its_limits_is_caught_in_the_act(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole loop with the cycle's cap taken out of the gate."""
    configure(SANDBOX_SPEED=1, MAX_EMAILS_PER_CYCLE=1, MAX_NEW_LEADS_PER_CYCLE=3)
    blind = tuple(check for check in gate.CHECKS if check.__name__ != "_cycle_cap")
    monkeypatch.setattr(gate, "CHECKS", blind)
    morning = NOON.replace(hour=14)
    open_customers(count=1, now=morning)

    broken = [sentence for _, news in simulate(start=morning, days=2) for sentence in news]

    assert set(broken) == {LIMITS}


def test_inbound_rows_are_counted_once() -> None:
    """An overdue mail is not counted as put away unread as well."""
    InboundMessageFactory.create(due_at=NOON - SECOND)

    assert InboundMessage.objects.count() == 1
    assert noticed() == [UNPROCESSED]
