"""Signing in by mail in Chromium: same browser, other browser, code, and every dead link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.conftest import (
    Site,
    assert_accessible,
    assert_fits,
    latest_mail,
    make_member,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

ANN = "ann@agency.test"


def ask(page: Page, site: Site) -> tuple[str, str]:
    """Ask for a sign-in mail; returns its link and its code."""
    page.goto(site.path("accounts:login"))
    page.get_by_label("Email address").fill(ANN)
    page.get_by_role("button", name="Send me a sign-in mail").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    text = latest_mail(ANN).text
    link = re.search(r"http\S+/login/link/\S+", text)
    code = re.search(r"[A-Z]{4}-[A-Z]{4}", text)
    assert link
    assert code
    return link[0], code[0]


def test_the_same_browser_follows_its_link_without_a_button(page: Page, site: Site) -> None:
    make_member(user__email=ANN)
    page.goto(site.path("portal:home"))
    assert_fits(page)
    assert_accessible(page)
    link, _ = ask(page, site)
    assert_fits(page)
    assert_accessible(page)

    page.goto(link)

    assert page.url == site.path("portal:home")


def test_another_browser_presses_the_button(open_browser: Callable[..., Page], site: Site) -> None:
    make_member(user__email=ANN)
    link, _ = ask(open_browser(), site)
    phone = open_browser(width=390, javascript=False)

    phone.goto(link)
    expect(phone.get_by_role("heading", name=f"Sign in as {ANN}")).to_be_visible()
    assert_fits(phone)
    phone.get_by_role("button", name="Sign in").click()

    assert phone.url == site.path("portal:home")


def test_the_code_signs_in_where_it_was_asked_for(page: Page, site: Site) -> None:
    make_member(user__email=ANN)
    _, code = ask(page, site)

    page.get_by_label("Code from the mail").fill("BBBB-BBBB")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code from the latest mail")
    page.get_by_label("Code from the mail").fill(code.lower())
    page.get_by_role("button", name="Sign in").click()

    assert page.url == site.path("portal:home")
