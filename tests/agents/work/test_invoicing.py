"""Done tasks come onto one work summary, each once; months close; amounts are guarded."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import AuditEvent, Customer
from agents.models import Task
from agents.states import TaskStatus
from agents.work.services.invoicing import AlreadyBilled, _bill, run_billing
from billing.models import Invoice, InvoiceLine
from billing.services import work_summaries
from billing.services.work_summaries import NotIssuable, issue_invoice, void_invoice
from billing.states import InvoiceStatus
from tests.factories import CustomerFactory, TaskFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def loaded(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def done(customer: Customer, now: datetime, cents: int = 2_500, **values: Any) -> Task:
    return TaskFactory.create(
        customer=customer,
        status=TaskStatus.DONE,
        deliverable="# Done",
        finished_at=now,
        due_at=None,
        reward_cents=cents,
        **values,
    )


def test_done_tasks_become_lines_of_one_draft_once(now: datetime) -> None:
    customer = CustomerFactory.create()
    tasks = [done(customer, now, 2_500, title="One"), done(customer, now, 1_000, title="Two")]
    TaskFactory.create(customer=customer)
    done(CustomerFactory.create(), now)

    counts = [run_billing(customer=loaded(customer), now=now) for _ in range(2)]
    tasks.append(done(customer, now, 500, title="Three"))
    counts.append(run_billing(customer=loaded(customer), now=now))

    assert counts == [{"lines": 2}, {}, {"lines": 1}]
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total_cents, invoice.held_reason) == ("draft", 4_000, "")
    assert list(
        InvoiceLine.objects.order_by("pk").values_list("task", "description", "amount_cents")
    ) == [(tasks[0].pk, "One", 2_500), (tasks[1].pk, "Two", 1_000), (tasks[2].pk, "Three", 500)]


def test_a_task_billed_elsewhere_meanwhile_leaves_no_line(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = CustomerFactory.create()
    task = done(customer, now)
    other = work_summaries.add_line(
        customer=customer, description="Elsewhere", amount_cents=100, now=now
    )
    original = work_summaries.add_line

    def slow(**values: Any) -> InvoiceLine:
        Task.objects.filter(pk=task.pk).update(invoice_line=other)
        return original(**values)

    monkeypatch.setattr("agents.work.services.invoicing.add_line", slow)
    with pytest.raises(AlreadyBilled):
        _bill(customer, [task.pk], now=now)

    assert Invoice.objects.get().total_cents == 100


def test_the_month_closes_in_the_customers_zone() -> None:
    customer = CustomerFactory.create(timezone="America/New_York")
    march_31st = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
    done(customer, march_31st)
    run_billing(customer=loaded(customer), now=march_31st)
    done(customer, march_31st)

    counts = run_billing(customer=loaded(customer), now=march_31st + timedelta(minutes=1))

    assert counts == {"closed": 1, "lines": 1}
    old, new = Invoice.objects.order_by("pk")
    assert (old.status, old.closed_at) == ("draft", datetime(2026, 4, 1, 4, 0, tzinfo=UTC))
    assert (new.closed_at, new.closes_at) == (None, datetime(2026, 5, 1, 4, 0, tzinfo=UTC))


def test_a_closed_draft_is_issued_by_itself_only_when_told_to(
    configure: Callable[..., None], now: datetime
) -> None:
    configure(AUTO_ISSUE_INVOICES=True)
    customer = CustomerFactory.create()
    done(customer, now)
    run_billing(customer=loaded(customer), now=now)

    run_billing(customer=loaded(customer), now=now + timedelta(days=40))

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.payment_url) == (InvoiceStatus.OPEN, "")


@pytest.mark.parametrize(
    ("cents", "is_allowed"),
    [(99, False), (100, True), (50_000, True), (50_001, False)],
)
def test_the_amount_guard_holds_at_both_ends(
    cents: int,
    is_allowed: bool,  # noqa: FBT001 # a parameter of the table above
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    configure: Callable[..., None],
) -> None:
    configure(AUTO_ISSUE_INVOICES=True)
    customer = CustomerFactory.create()
    done(customer, now, cents)
    with caplog.at_level(logging.WARNING, logger="billing.work_summaries"):
        for later in (now, now, now + timedelta(days=40)):
            run_billing(customer=loaded(customer), now=later)

    invoice = Invoice.objects.get()
    tagged = [line for line in caplog.messages if "AMOUNT_OUT_OF_RANGE" in line]
    if is_allowed:
        assert (invoice.status, invoice.held_reason, tagged) == ("open", "", [])
    else:
        amount = "$0.99" if cents == 99 else "$500.01"
        assert (invoice.status, invoice.payment_url) == ("draft", "")
        assert invoice.held_reason.startswith(f"{amount} is outside $1.00 to $500.00")
        assert tagged == [f"[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id={invoice.pk} amount={amount}"]


def test_the_operator_issues_once_and_is_written_down(now: datetime) -> None:
    customer = CustomerFactory.create()
    done(customer, now)
    run_billing(customer=loaded(customer), now=now)
    draft = Invoice.objects.get()

    issued = issue_invoice(invoice=draft, by="hoss@hossagent.test", now=now)

    assert (issued.status, issued.issued_at, issued.closed_at) == ("open", now, now)
    with pytest.raises(NotIssuable, match="open already"):
        issue_invoice(invoice=draft, by="hoss@hossagent.test", now=now)
    assert list(AuditEvent.objects.values_list("action", "actor")) == [
        ("invoice.issue", "hoss@hossagent.test")
    ]


def test_what_cannot_be_issued_says_why(now: datetime) -> None:
    customer = CustomerFactory.create()
    empty = Invoice.objects.create(customer=customer, created_at=now)
    with pytest.raises(NotIssuable, match="no lines"):
        issue_invoice(invoice=empty, by="hoss@hossagent.test", now=now)

    done(customer, now, 60_000)
    run_billing(customer=loaded(customer), now=now)
    with pytest.raises(NotIssuable, match="outside"):
        issue_invoice(invoice=empty, by="hoss@hossagent.test", now=now)


def test_tasks_of_a_voided_summary_are_not_billed_again(now: datetime) -> None:
    customer = CustomerFactory.create()
    task = done(customer, now)
    run_billing(customer=loaded(customer), now=now)
    invoice = Invoice.objects.get()

    assert void_invoice(invoice=invoice, by="hoss@hossagent.test", now=now) is True
    assert void_invoice(invoice=invoice, by="hoss@hossagent.test", now=now) is False
    assert run_billing(customer=loaded(customer), now=now) == {}
    assert Task.objects.filter(pk=task.pk, invoice_line__invoice=invoice).exists()


def test_an_idle_cycle_costs_two_statements(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = loaded(CustomerFactory.create())

    with django_assert_num_queries(2):
        assert run_billing(customer=customer, now=now) == {}
