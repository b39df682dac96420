"""Signing in by mail in Chromium: same browser, other browser, code, and every dead link."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts import middleware
from accounts.models import LoginLink
from accounts.views import sign_in
from hossagent.lib import clock
from tests.e2e.conftest import (
    Site,
    assert_accessible,
    assert_fits,
    latest_mail,
    make_member,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Response

ANN = "ann@agency.test"


def ask(page: Page, site: Site) -> tuple[str, str]:
    """Ask for a sign-in mail; returns its link and its code."""
    page.goto(site.path("accounts:login"))
    page.get_by_label("Email address").fill(ANN)
    page.get_by_role("button", name="Send me a sign-in email").click()
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

    page.get_by_label("Code from the email").fill("BBBB-BBBB")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code from the latest email")
    page.get_by_label("Code from the email").fill(code.lower())
    page.get_by_role("button", name="Sign in").click()

    assert page.url == site.path("portal:home")


def is_signed_in(page: Page, site: Site) -> bool:
    page.goto(site.path("portal:home"))
    return page.url == site.path("portal:home")


def test_link_that_no_longer_works_says_what_to_do(
    open_browser: Callable[..., Page], site: Site
) -> None:
    """A used, an expired and a tampered link are gone, each with the next step."""
    site.tolerate("410")
    make_member(user__email=ANN)
    asking, other = open_browser(), open_browser(width=390)
    used, _ = ask(asking, site)
    asking.goto(used)
    expired, _ = ask(open_browser(), site)
    LoginLink.objects.filter(used_at=None).update(expires_at=clock.now())
    tampered = used[:-4] + "aaaa"

    for link in (used, expired, tampered):
        answer = other.goto(link)
        assert answer
        assert answer.status == 410
        assert_fits(other)
        assert_accessible(other)
        other.locator("main").get_by_role("link").first.click()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    assert is_signed_in(other, site) is False
    assert is_signed_in(asking, site) is True


def test_a_scanner_that_looks_at_the_link_spends_nothing(
    open_browser: Callable[..., Page], site: Site
) -> None:
    make_member(user__email=ANN)
    link, _ = ask(open_browser(), site)
    scanner, reader = open_browser(), open_browser()

    looks = [scanner.request.fetch(link, method=method).status for method in ("GET", "HEAD") * 3]
    scanner.goto(link)

    assert looks == [200] * 6
    assert LoginLink.objects.get().used_at is None
    reader.goto(link)
    reader.get_by_role("button", name="Sign in").click()
    assert is_signed_in(reader, site) is True
    assert is_signed_in(scanner, site) is False


def is_answer(response: Response) -> bool:
    """To the button, not to the look before."""
    return response.request.method == "POST"


def test_two_browsers_with_one_link_make_one_session(
    open_browser: Callable[..., Page], site: Site
) -> None:
    site.tolerate("410")
    make_member(user__email=ANN)
    link, _ = ask(open_browser(), site)
    first, second = open_browser(), open_browser()
    for browser in (first, second):
        browser.goto(link)
    # Both are on their way before either is answered.
    with first.expect_response(is_answer) as one, second.expect_response(is_answer) as two:
        for browser in (first, second):
            browser.get_by_role("button", name="Sign in").click(no_wait_after=True)
    for browser in (first, second):
        expect(browser.get_by_role("button", name="Sign in")).to_have_count(0)

    assert sorted([one.value.status, two.value.status]) == [302, 410]
    assert sorted([is_signed_in(first, site), is_signed_in(second, site)]) == [False, True]
    signed_in = [row for row in Session.objects.all() if "_auth_user_id" in row.get_decoded()]
    assert len(signed_in) == 1
    assert LoginLink.objects.exclude(used_at=None).count() == 1


def test_a_double_click_signs_in_and_shows_no_error(
    open_browser: Callable[..., Page], site: Site
) -> None:
    make_member(user__email=ANN)
    link, _ = ask(open_browser(), site)
    page = open_browser()
    page.goto(link)

    page.get_by_role("button", name="Sign in").dblclick()

    expect(page).to_have_url(site.path("portal:home"))
    assert LoginLink.objects.exclude(used_at=None).count() == 1


def test_double_click_on_the_code_form_signs_in(page: Page, site: Site) -> None:
    """And shows no error, though the code works once."""
    make_member(user__email=ANN)
    _, code = ask(page, site)
    page.get_by_label("Code from the email").fill(code)

    page.get_by_role("button", name="Sign in").dblclick()

    expect(page).to_have_url(site.path("portal:home"))
    assert LoginLink.objects.exclude(used_at=None).count() == 1


@pytest.mark.parametrize("slow", ["sign-in", "portal"])
def test_a_slow_double_click_signs_in_and_shows_no_error(
    open_browser: Callable[..., Page], site: Site, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """The second click comes while the first is being worked on (its answer, cookie and
    all, is lost), or while the portal is being fetched with the first one's cookie."""
    where, name = {
        "sign-in": (sign_in, "start_session"),
        "portal": (middleware, "must_verify_email"),
    }[slow]
    original = getattr(where, name)

    def take_a_second(*args: object, **kwargs: object) -> object:
        time.sleep(1)
        return original(*args, **kwargs)

    make_member(user__email=ANN)
    link, _ = ask(open_browser(), site)
    page = open_browser()
    page.goto(link)
    monkeypatch.setattr(where, name, take_a_second)

    box = page.get_by_role("button", name="Sign in").bounding_box()
    assert box
    for _ in range(2):  # by the mouse itself: the button's own `click` waits for the answer
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        page.wait_for_timeout(500)

    expect(page).to_have_url(site.path("portal:home"))
    signed_in = [row for row in Session.objects.all() if "_auth_user_id" in row.get_decoded()]
    assert len(signed_in) == 1
