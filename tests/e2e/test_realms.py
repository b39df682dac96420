"""A customer and an operator in one browser: two sign-ins that know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_otp.oath import totp
from playwright.sync_api import expect

from accounts.services import one_time_passwords
from hossagent.lib import clock
from tests.e2e.conftest import (
    PASSWORD,
    Site,
    assert_accessible,
    assert_fits,
    make_member,
    make_operator,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def cookies(page: Page) -> dict[str, Any]:
    return {str(one.get("name")): one for one in page.context.cookies()}


def enter(page: Page, site: Site, *, code: str) -> None:
    page.goto(f"{site.url}/admin/")
    page.get_by_label("Email").fill("hoss@hossagent.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Log in").click()


def test_an_operator_with_one_time_codes_beside_a_customer(
    page: Page, open_browser: Callable[..., Page], site: Site
) -> None:
    operator = make_operator()
    device = one_time_passwords.begin_enrolment(operator=operator)

    def code(drift: int) -> str:
        number = totp(device.bin_key, step=device.step, drift=drift)  # type: ignore[no-untyped-call] # django-otp
        return f"{number:06d}"

    recovery = one_time_passwords.finish_enrolment(device=device, code=code(-1), now=clock.now())
    assert recovery
    site.sign_in(page, make_member(customer__company="Northside").user)
    page.goto(site.path("portal:home"))

    enter(page, site, code="")
    expect(page.get_by_role("alert")).to_contain_text("Enter the code from your authenticator app")
    assert_fits(page)
    assert_accessible(page)
    enter(page, site, code=code(0))

    expect(page).to_have_title("Console | HossAgent")
    page.goto(site.path("portal:home"))
    expect(page.get_by_text("Northside").first).to_be_visible()

    # Each cookie has its own path, and is worth nothing in the other's place.
    jar = cookies(page)
    assert (jar["hoss"]["path"], jar["hoss_console"]["path"]) == ("/", "/admin")
    thief = open_browser()
    host = jar["hoss"]["domain"]
    thief.context.add_cookies(
        [
            {
                "name": "hoss",
                "value": jar["hoss_console"]["value"],
                "domain": host,
                "path": "/",
            },
            {
                "name": "hoss_console",
                "value": jar["hoss"]["value"],
                "domain": host,
                "path": "/admin",
            },
        ]
    )
    thief.goto(f"{site.url}/admin/")
    expect(thief.get_by_label("Password")).to_be_visible()
    thief.goto(site.path("portal:home"))
    expect(thief.get_by_role("heading", name="Sign in")).to_be_visible()

    # Signing out of the one leaves the other; a recovery code opens the console again.
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site.url}/admin/")
    expect(page).to_have_title("Console | HossAgent")
    again = open_browser()
    enter(again, site, code=recovery[0])
    expect(again).to_have_title("Console | HossAgent")
