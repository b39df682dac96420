"""Signing up in Chromium: one form to the portal, the confirmation, and the seven days
until it is due."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from accounts.models import Customer, User
from accounts.selectors.email_verification import UNVERIFIED_GRACE
from accounts.services.login_links import issue_link
from hossagent.lib import clock
from tests.e2e.conftest import Site, assert_accessible, assert_fits, latest_mail, make_member

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

ADA = "ada@byron.com"


def fill(page: Page, site: Site, *, email: str = ADA, company: str = "Byron & Co") -> None:
    page.goto(site.path("start"))
    page.get_by_label("Company").fill(company)
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Niche").fill("dental clinics")
    page.get_by_label("I accept the terms").check()


def submit(page: Page) -> None:
    page.get_by_role("button", name="Start my trial").click()


def test_one_form_leads_to_the_portal_and_the_mail_confirms(page: Page, site: Site) -> None:
    fill(page, site)
    expect(page.get_by_label("Leave this field empty")).not_to_be_in_viewport()
    assert_fits(page)
    assert_accessible(page)
    submit(page)

    expect(page).to_have_url(site.path("portal:home"))
    expect(page.get_by_text("You are in a 7-day free trial. 7 days remaining.")).to_be_visible()
    expect(page.get_by_text(f"Please confirm {ADA}")).to_be_visible()
    link = re.search(r"http\S+/login/link/\S+", latest_mail(ADA).text)
    assert link
    page.goto(link[0])

    expect(page).to_have_url(site.path("portal:home"))
    expect(page.get_by_text(f"Please confirm {ADA}")).to_have_count(0)
    assert User.objects.get().email_verified_at is not None


def test_what_is_missing_is_said_and_nothing_is_lost(page: Page, site: Site) -> None:
    fill(page, site, email="ada@byron")
    submit(page)

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Company")).to_have_value("Byron & Co")
    expect(page.get_by_label("Email address")).to_have_value("ada@byron")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label("Email address")).to_be_focused()
    assert_fits(page)
    assert_accessible(page)
    assert Customer.objects.count() == 0


def test_a_second_trial_in_one_browser_is_refused_kindly(page: Page, site: Site) -> None:
    fill(page, site)
    submit(page)
    expect(page).to_have_url(site.path("portal:home"))
    page.get_by_role("button", name="Sign out").click()
    fill(page, site, email="ada@lovelace.com", company="Lovelace")
    submit(page)

    expect(page.get_by_role("heading", name="already had a trial")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("link", name="Go to your portal").click()
    expect(page).to_have_url(site.path("portal:home"))


def test_a_known_address_is_sent_to_its_inbox(page: Page, site: Site) -> None:
    make_member(user__email=ADA)
    fill(page, site)
    submit(page)

    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert Customer.objects.count() == 1
    assert latest_mail(ADA).kind == "accounts/login"


def test_an_unverified_person_can_resend_move_and_leave(
    open_browser: Callable[..., Page], site: Site
) -> None:
    page, elsewhere = open_browser(width=390), open_browser(width=390)
    joined = clock.now() - UNVERIFIED_GRACE - timedelta(hours=1)
    member = make_member(user__email=ADA, user__email_verified_at=None, user__date_joined=joined)
    site.sign_in(page, member.user)

    page.goto(site.path("portal:lead_list"))
    expect(page).to_have_url(site.path("accounts:confirm_address"))
    expect(page.get_by_text("Confirm it to open the portal again.")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

    page.get_by_role("button", name="Send a new email").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert latest_mail(ADA).kind == "accounts/confirm_address"
    assert_fits(page)

    page.goto(site.path("accounts:confirm_address"))
    page.get_by_label("Email address").fill("ada@lovelace.com")
    page.get_by_role("button", name="Send an email to this address").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert latest_mail("ada@lovelace.com").kind == "accounts/change_address"

    # Proven from another browser, this one's session is over.
    issued = issue_link(user=member.user, email=ADA, purpose="confirm", now=clock.now())
    elsewhere.goto(issued.url)
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere).to_have_url(site.path("portal:home"))
    page.goto(site.path("portal:home"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    site.sign_in(page, User.objects.get())
    page.goto(site.path("portal:home"))
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
