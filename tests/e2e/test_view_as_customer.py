"""View as customer in Chromium: it is drawn, and the browser itself lets nothing act."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from portal.views import home, preview
from tests.e2e.conftest import Site, make_member, make_operator

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from playwright.sync_api import Page, Request

# What a careless template might let through. The script is our own file, which the
# policy for scripts allows: what stops it is the sandbox.
SLIPPED = (
    '<script src="/static/admin/js/core.js"></script>'
    '<form method="post" action="/logout"><button>Slipped</button></form>'
)


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page with a script and a form in it."""
    drawn = home.render_home

    def slip(*args: Any, **kwargs: Any) -> HttpResponse:
        response = drawn(*args, **kwargs)
        response.content = response.content.replace(b"</main>", SLIPPED.encode() + b"</main>")
        return response

    monkeypatch.setattr(preview, "render_home", slip)


def test_scripts_and_forms_are_blocked_by_the_browser(
    open_browser: Callable[..., Page], site: Site, careless: None
) -> None:
    site.tolerate("sandboxed")
    customer = make_member(customer__company="Northside").customer
    url = site.path("portal:preview", customer.public_token)
    page = open_browser()
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posted.append(request.url)

    page.on("request", note)

    page.goto(url)
    expect(page.get_by_role("heading", name="Your HossAgent")).to_be_visible()
    page.get_by_role("button", name="Slipped").click()
    # A message that arrives after both shows that nothing else is under way.
    page.goto(site.url)

    blocked = " ".join(site.problems)
    assert re.search(r"Blocked script execution in '\S+' because.*sandboxed", blocked)
    assert re.search(r"Blocked form submission to '\S*/logout' because.*sandboxed", blocked)
    assert posted == []


def test_without_the_sandbox_both_would_act(
    open_browser: Callable[..., Page],
    site: Site,
    careless: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof above proves something: the same page without the directive does both."""
    monkeypatch.delitem(preview.SANDBOX, "sandbox")
    site.tolerate("403")
    customer = make_member().customer
    page = open_browser()

    page.goto(site.path("portal:preview", customer.public_token))
    assert page.evaluate("typeof window.quickElement") == "function"
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.get_by_role("button", name="Slipped").click()

    assert posted.value.url == f"{site.url}/logout"


def test_operator_views_as_customer_and_links_still_work(
    open_browser: Callable[..., Page], site: Site
) -> None:
    customer = make_member(customer__company="Northside").customer
    page = open_browser()
    site.enter_console(page, make_operator())

    page.goto(site.path("admin:accounts_customer_change", customer.pk))
    page.get_by_role("button", name="Impersonate").click()

    expect(page).to_have_url(site.path("portal:preview", customer.public_token))
    expect(page.get_by_text("Read-only view")).to_be_visible()
    page.get_by_role("link", name="HossAgent", exact=True).click()
    expect(page).to_have_url(f"{site.url}/")
