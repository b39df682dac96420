"""The console in a real browser: readable at both widths, complete by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from agents.models import Profile
from agents.states import TaskStatus
from tests.agents.admin.test_console import fill
from tests.e2e.conftest import assert_accessible, assert_fits, make_member, make_operator
from tests.factories import TaskFactory

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from accounts.models import Customer
    from tests.e2e.conftest import Site


@pytest.fixture
def customer(site: Site, page: Page) -> Customer:
    """One customer with a row of everything; `page` is an operator's browser."""
    site.enter_console(page, make_operator())
    membership = make_member()
    fill(membership.customer)
    TaskFactory.create(customer=membership.customer, status=TaskStatus.FAILED, due_at=None)
    return membership.customer


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/accounts/customer/",
        "/admin/accounts/customer/?plan=trial",
        "/admin/agents/message/?held=any",
        "/admin/agents/task/?status__exact=failed",
        "/admin/agents/lead/",
        "/admin/billing/invoice/",
        "/admin/summary",
        "customer",
    ],
)
def test_pages_fit_and_are_accessible(
    site: Site, page: Page, customer: Customer, path: str
) -> None:
    if path == "customer":
        path = reverse("admin:accounts_customer_change", args=[customer.pk])

    page.goto(site.url + path)

    assert page.title().endswith("HossAgent")
    assert_fits(page)
    assert_accessible(page)


def press_until(page: Page, text: str, most: int = 200) -> None:
    """Tab on until the element with the focus says `text`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.innerText || ''").strip().startswith(text):
            return
    raise AssertionError(f"{text!r} cannot be reached by keyboard")


def test_a_row_action_is_done_by_keyboard_alone(site: Site, page: Page, customer: Customer) -> None:
    page.goto(f"{site.url}/admin/accounts/customer/")

    press_until(page, "Actions")
    page.keyboard.press("Enter")
    press_until(page, "Pause outreach")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/accounts/customer/*/change/")

    assert "is paused" in page.inner_text("#container")
    assert Profile.objects.get(customer=customer).outreach_paused_at is not None
    assert AuditEvent.objects.get().actor == "hoss@hossagent.test"


def test_what_hurts_asks_first_and_can_be_left(site: Site, page: Page, customer: Customer) -> None:
    page.goto(site.url + reverse("admin:accounts_customer_change", args=[customer.pk]))

    page.get_by_role("button", name="Make complimentary").click()
    page.get_by_role("link", name="No, go back").click()
    assert AuditEvent.objects.count() == 0
    page.get_by_role("button", name="Make complimentary").click()
    page.get_by_role("button", name="Yes, make complimentary").click()

    assert "now has full access at no charge" in page.inner_text("#container")
    assert AuditEvent.objects.get().action == "complimentary.granted"


def test_the_console_works_without_javascript(
    site: Site, open_browser: object, customer: Customer
) -> None:
    page = open_browser(javascript=False)  # type: ignore[operator] # a factory fixture
    site.enter_console(page, make_operator("second@hossagent.test"))

    page.goto(f"{site.url}/admin/")
    page.get_by_role("button", name="Stop all outreach").click()

    assert "All outreach is stopped." in page.inner_text("#container")
