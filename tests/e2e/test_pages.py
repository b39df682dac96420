"""What the sweep over every page cannot see: states, forms, the keyboard, no JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from accounts.models import Customer
from billing.entitlements import PlanStatus, get_plan_status
from hossagent.lib import clock
from tests.e2e.conftest import (
    PHONE,
    Site,
    assert_accessible,
    assert_fits,
    make_member,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def look_at(page: Page, url: str) -> None:
    answer = page.goto(url)
    assert answer
    assert answer.status == 200, url
    assert_fits(page)
    assert_accessible(page)


def test_a_sample_and_a_page_that_is_not_there(page: Page, site: Site) -> None:
    look_at(page, f"{site.url}/?niche=dental+clinics&geography=Austin")
    site.tolerate("404")
    page.goto(f"{site.url}/nothing-here")
    assert_fits(page)
    assert_accessible(page)


def test_portal_pages_without_javascript(open_browser: Callable[..., Page], site: Site) -> None:
    page = open_browser(width=PHONE, javascript=False)
    member = make_member()
    site.sign_in(page, member.user)

    page.goto(site.path("portal:settings_market"))
    page.get_by_label("Niche").fill("law firms")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Customer.objects.get().niche == "law firms"
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Outreach").click()
    expect(page.get_by_role("heading", name="Outreach")).to_be_visible()


def test_every_standing_has_its_card(page: Page, site: Site) -> None:
    member = make_member()
    customer = member.customer
    site.sign_in(page, member.user)
    seen = {}
    for wanted, columns in standings().items():
        subscription = customer.subscription
        for name, value in {**fresh(), **columns}.items():
            setattr(subscription, name, value)
        subscription.save()
        assert get_plan_status(customer, now=clock.now()) is wanted

        look_at(page, site.path("portal:home"))
        card = page.locator("section", has=page.locator("#plan"))
        is_free = subscription.is_complimentary
        expect(card).to_contain_text("No charge" if is_free else "$99/month")
        seen[wanted] = card.locator(".lead").inner_text()

    assert len(set(seen.values())) >= len(seen) - 1
    assert seen[PlanStatus.TRIAL] == "You are in a 7-day free trial. 5 days remaining."
    assert seen[PlanStatus.ACTIVE] == "Active subscription"


def fresh() -> dict[str, Any]:
    """A subscription row about which nothing is known."""
    return {
        "status": "none",
        "is_complimentary": False,
        "trial_started_at": None,
        "trial_ends_at": None,
        "current_period_end": None,
        "cancel_at": None,
        "past_due_since": None,
        "last_paid_at": None,
    }


def standings() -> dict[PlanStatus, dict[str, Any]]:
    now, day = clock.now(), timedelta(days=1)
    paid = {"last_paid_at": now - day, "current_period_end": now + 20 * day}
    return {
        PlanStatus.NONE: {},
        PlanStatus.TRIAL: {"trial_started_at": now - 2 * day, "trial_ends_at": now + 5 * day},
        PlanStatus.TRIAL_EXPIRED: {
            "trial_started_at": now - 9 * day,
            "trial_ends_at": now - 2 * day,
        },
        PlanStatus.COMPLIMENTARY: {"is_complimentary": True},
        PlanStatus.ACTIVE: {"status": "active", **paid},
        PlanStatus.CANCEL_SCHEDULED: {"status": "active", **paid, "cancel_at": now + 10 * day},
        PlanStatus.PAST_DUE: {"status": "past_due", **paid, "past_due_since": now - day},
        PlanStatus.PAST_DUE_STOPPED: {
            "status": "past_due",
            **paid,
            "past_due_since": now - 9 * day,
        },
        PlanStatus.UNPAID: {"status": "unpaid"},
        PlanStatus.PAUSED: {"status": "paused"},
        PlanStatus.INCOMPLETE: {"status": "incomplete"},
        PlanStatus.CANCELED: {"status": "canceled"},
        PlanStatus.UNKNOWN: {"status": "unknown"},
    }


def test_a_visitor_gets_by_with_the_keyboard(open_browser: Callable[..., Page], site: Site) -> None:
    page = open_browser()
    page.goto(site.url)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "niche":
            break
    page.keyboard.type("dental clinics")
    page.keyboard.press("Tab")
    page.keyboard.type("Austin, Texas")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Sample")).to_be_visible()
    expect(page.get_by_label("Your niche")).to_have_value("dental clinics")


def test_a_member_gets_by_with_the_keyboard(open_browser: Callable[..., Page], site: Site) -> None:
    page = open_browser()
    member = make_member()
    site.sign_in(page, member.user)
    page.goto(site.path("portal:settings_profile"))

    page.get_by_label("What you sell").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Booking systems for clinics.")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Saved.")).to_be_visible()


def test_an_error_is_heard_first(page: Page, site: Site) -> None:
    member = make_member()
    site.sign_in(page, member.user)
    page.goto(site.path("portal:settings_market"))
    page.get_by_label("Niche").fill("")
    page.get_by_role("button", name="Save").click()

    expect(page).to_have_title("Error: Niche and geography - HossAgent")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label("Niche")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)
