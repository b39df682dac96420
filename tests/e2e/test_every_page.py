"""Every page of the URL map in Chromium, as visitor, customer and operator.

Each is opened once: no violation of the policy and no error on the console (`site` fails a
test for either), nothing that axe finds, no sideways scrolling on a phone, and the same
words when no script may run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from accounts.services.invitations import invite
from accounts.services.login_links import issue_link
from accounts.states import Role
from hossagent.lib import clock
from tests.agents.admin.test_console import fill
from tests.e2e.conftest import (
    DESKTOP,
    PHONE,
    Site,
    assert_accessible,
    assert_fits,
    make_member,
    make_operator,
)
from tests.helpers.clients import SiteClient
from tests.helpers.portal_world import make_world, pages
from tests.meta.test_urls import SITE, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Response, Route

    from accounts.models import Customer

OURS = sorted(name for name in SITE if not name.startswith(("admin:", "portal:")))


def is_page(client: SiteClient, path: str) -> bool:
    """GET answers with a page of its own: no redirect, no file, no data."""
    answer = client.get(path, headers={"host": "localhost"})
    return (
        answer.status_code == 200
        and answer.headers["Content-Type"].startswith("text/html")
        and not answer.has_header("Content-Disposition")
    )


def visit(
    open_browser: Callable[..., Page],
    site: Site,
    client: SiteClient,
    paths: list[str],
    *,
    sign_in: Callable[[Page], None] = lambda page: None,
) -> list[str]:
    """Look at each path that is a page for this browser's person; those that were opened."""
    page, plain = open_browser(), open_browser(width=PHONE, javascript=False)
    # Chromium reports a violation to the document; the page is left before we could ask.
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', event =>"
        " console.error('violation ' + event.violatedDirective + ' ' + event.blockedURI))"
    )
    sign_in(page)
    sign_in(plain)
    shown = [path for path in dict.fromkeys(paths) if is_page(client, path)]
    for path in shown:
        url = site.url + path
        answer = open_url(page, url)
        if "sandbox" in answer.headers["content-security-policy"]:
            # axe is a script like any other: measured is the same page without that wall.
            page.route(url, without_policy)
            open_url(page, url)
        assert_accessible(page)
        page.set_viewport_size({"width": PHONE, "height": 900})
        assert_fits(page)
        assert_accessible(page)
        said = what_it_offers(page)
        page.set_viewport_size({"width": DESKTOP, "height": 900})

        open_url(plain, url)
        assert_fits(plain)
        # The console's frame is Django's own, which adds conveniences by script.
        if not path.startswith("/admin/"):
            assert what_it_offers(plain) == said, path
    return shown


def open_url(page: Page, url: str) -> Response:
    answer = page.goto(url)
    assert answer
    assert answer.status == 200, url
    return answer


def without_policy(route: Route) -> None:
    answer = route.fetch()
    headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)


def what_it_offers(page: Page) -> list[str]:
    """Headings, links and buttons, as they are shown."""
    return page.locator("h1, h2, a, button").all_inner_texts()


@pytest.fixture
def customer(site: Site) -> Customer:
    return make_world(marker="Marigold").customer


def test_what_everybody_may_see(
    open_browser: Callable[..., Page], site: Site, customer: Customer
) -> None:
    member = customer.memberships.select_related("user").order_by("pk")[0].user
    link = issue_link(user=member, email=member.email, now=clock.now())
    _, token = invite(
        customer=customer,
        email="new@agency.test",
        role=Role.MEMBER,
        by=member.email,
        now=clock.now(),
        expires_at=link.link.expires_at,
    )
    paths = [
        *(reverse(name, args=WORDS.get(name, [])) for name in OURS),
        link.url.removeprefix(site.url),
        f"/invitation/{token}/",
        reverse("portal:preview", args=[customer.public_token]),
    ]

    shown = visit(open_browser, site, SiteClient(), paths)

    assert {"/", "/login", "/signup", "/pricing", *paths[-3:]} <= set(shown)


def test_what_a_customer_may_see(open_browser: Callable[..., Page], site: Site) -> None:
    world = make_world(marker="Marigold")
    person = world.membership.user
    client = SiteClient()
    client.force_login(person)
    paths = [
        *pages(world).values(),
        *(reverse(name, args=WORDS.get(name, [])) for name in OURS),
    ]

    shown = visit(
        open_browser, site, client, paths, sign_in=lambda page: site.sign_in(page, person)
    )

    assert len(shown) >= 30


def test_what_an_operator_may_see(open_browser: Callable[..., Page], site: Site) -> None:
    operator = make_operator()
    client = SiteClient()
    client.enter_console(operator)
    make_world(marker="Marigold")
    fill(make_member().customer)

    shown = visit(
        open_browser,
        site,
        client,
        console_paths(),
        sign_in=lambda page: site.enter_console(page, operator),
    )

    assert len(shown) >= 40


def console_paths() -> list[str]:
    """Every address of the console without arguments, and each model's list, newest row
    and history."""
    paths = []
    for name in sorted(name for name in SITE if name.startswith("admin:")):
        try:
            paths.append(reverse(name))
        except NoReverseMatch:
            continue
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            paths += [reverse(f"{stem}_{page}", args=[row.pk]) for page in ("change", "history")]
    return paths
