"""The lead pages in a browser: narrow, page, open, decide, add by hand, take the file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from agents.models import Lead, Suppression
from agents.states import LeadStatus
from hossagent.lib import clock
from tests.e2e.conftest import DESKTOP, PHONE, Site, assert_accessible, assert_fits, make_member
from tests.factories import LeadFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from accounts.models import Customer


def make_leads(customer: Customer, count: int) -> None:
    """Clinics, every tenth of which has replied, and one whose words are a page's own."""
    for n in range(count):
        LeadFactory.create(
            customer=customer,
            company=f"Clinic {n}",
            email=f"grace@clinic{n}.com",
            replied_at=clock.now() if n % 10 == 0 else None,
            status=LeadStatus.REPLIED if n % 10 == 0 else LeadStatus.NEW,
            next_action_at=None,
        )
    LeadFactory.create(
        customer=customer,
        company='Quote" & <Angle>',
        email="grace.hopper.of.the.long.address@an-even-longer-company-name-that-wraps.com",
        address_check="risky",
        next_action_at=None,
    )


def companies(page: Page) -> list[str]:
    return page.locator("tbody tr td:first-child a").all_inner_texts()


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_list_is_narrowed_and_paged(
    site: Site, open_browser: Callable[..., Page], width: int
) -> None:
    member = make_member()
    make_leads(member.customer, 60)
    page = open_browser(width=width)
    site.sign_in(page, member.user)
    page.goto(site.path("portal:lead_list"))
    assert_accessible(page)
    assert_fits(page)
    newest = [f"Clinic {n}" for n in reversed(range(60))]
    assert companies(page) == ['Quote" & <Angle>', *newest[:49]]

    page.get_by_role("link", name="Older leads").click()
    expect(page.get_by_role("link", name="Newer leads")).to_be_visible()
    assert companies(page) == newest[49:]
    page.get_by_role("link", name="Newer leads").click()
    expect(page.get_by_role("link", name="Older leads")).to_be_visible()
    assert companies(page) == ['Quote" & <Angle>', *newest[:49]]

    # From the keyboard: what is typed stays, and the filters add up.
    page.get_by_label("Company or email starts with").fill("clinic 1")
    page.get_by_label("Stage reached").select_option(label="Replied")
    page.get_by_label("Company or email starts with").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert companies(page) == ["Clinic 10"]
    assert page.get_by_label("Company or email starts with").input_value() == "clinic 1"
    assert_fits(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download as CSV").click()
    with started.value.path().open(encoding="utf-8-sig", newline="") as file:
        assert [row["company"] for row in csv.DictReader(file)] == ["Clinic 10"]

    page.get_by_label("Company or email starts with").fill("nobody")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No leads match.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Show all leads").click()
    expect(page.locator("tbody tr")).to_have_count(50)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_lead_is_looked_at_and_never_written_to_again(
    site: Site, open_browser: Callable[..., Page], width: int
) -> None:
    member = make_member()
    make_leads(member.customer, 0)
    page = open_browser(width=width)
    site.sign_in(page, member.user)
    page.goto(site.path("portal:lead_list"))

    page.get_by_role("link", name='Quote" & <Angle>').click()
    expect(page.get_by_role("heading", level=1)).to_have_text('Quote" & <Angle>')
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Do not contact").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Never email grace.hopper")
    assert_accessible(page)
    assert_fits(page)
    assert not Suppression.objects.exists()
    page.get_by_role("link", name="Go back").click()
    page.get_by_role("link", name="Do not contact").click()
    page.get_by_role("button", name="Do not contact").click()
    expect(page.get_by_text("We will never email it again.")).to_be_visible()

    expect(page.get_by_text("This address is on the do-not-contact list")).to_be_visible()
    expect(page.get_by_role("link", name="Do not contact")).to_have_count(0)
    assert Lead.objects.get().status == LeadStatus.CLOSED
    assert Suppression.objects.get().customer_id == member.customer.pk
    assert_accessible(page)
    assert_fits(page)


def test_a_lead_is_added_by_hand_without_a_script(
    site: Site, open_browser: Callable[..., Page]
) -> None:
    member = make_member()
    page = open_browser(width=PHONE, javascript=False)
    site.sign_in(page, member.user)
    page.goto(site.path("portal:lead_list"))
    expect(page.get_by_text("No leads yet.")).to_be_visible()

    page.get_by_role("link", name="Add one by hand").click()
    page.get_by_label("Company").fill("Northgate Dental")
    page.get_by_label("Email address").fill("grace@")
    page.get_by_label("Why does this lead fit?").fill("Met at the fair.")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#id_email_error")).to_contain_text("is not an email address")
    assert page.get_by_label("Company").input_value() == "Northgate Dental"
    page.get_by_label("Email address").fill("grace@northgate.com")
    page.get_by_role("button", name="Add").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Northgate Dental")
    expect(page.get_by_text("Met at the fair.")).to_be_visible()
    assert Lead.objects.get().email_key == "grace@northgate.com"


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_risky_address_is_replaced_by_the_persons_own(
    site: Site, open_browser: Callable[..., Page], width: int
) -> None:
    member = make_member()
    old = LeadFactory.create(
        customer=member.customer,
        company="Northgate Dental",
        email="noreply@northgate.com",
        address_check="risky",
        address_flags="system",
        next_action_at=None,
    )
    page = open_browser(width=width)
    site.sign_in(page, member.user)
    page.goto(site.path("portal:lead_detail", old.pk))

    # The link stands in its sentence, not on a line of its own.
    assert (
        page.locator("p.notice").evaluate("notice => getComputedStyle(notice).display") == "block"
    )
    page.get_by_role("link", name="Enter the person's own address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Correct this lead")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("Email address").fill("grace@northgate.com")
    page.get_by_role("button", name="Save correction").click()

    expect(page.get_by_text("Corrected. Your HossAgent starts on it")).to_be_visible()
    expect(page.get_by_text("grace@northgate.com")).to_be_visible()
    old.refresh_from_db()
    assert old.status == LeadStatus.INVALID
    page.goto(site.path("portal:lead_detail", old.pk))
    page.get_by_role("link", name="Corrected. A new lead has replaced it.").click()
    expect(page.get_by_text("grace@northgate.com")).to_be_visible()
