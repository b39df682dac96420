"""Every page of the URL map in Chromium, as visitor, customer and operator: no violation of
the policy, no error on the console. (`site` fails a test for either.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from accounts.services.invitations import invite
from accounts.services.login_links import issue_link
from accounts.states import Role
from hossagent.lib import clock
from tests.agents.test_console import fill
from tests.clients import SiteClient
from tests.e2e.conftest import Site, make_member, make_operator
from tests.meta.test_urls import SITE, WORDS
from tests.portal.world import make_world, pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

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


def visit(page: Page, site: Site, client: SiteClient, paths: list[str]) -> list[str]:
    """Open each path that is a page for this browser's person; those that were opened."""
    # Chromium reports a violation to the document; the page is left before we could ask.
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', event =>"
        " console.error('violation ' + event.violatedDirective + ' ' + event.blockedURI))"
    )
    shown = [path for path in dict.fromkeys(paths) if is_page(client, path)]
    for path in shown:
        answer = page.goto(site.url + path)
        assert answer
        assert answer.status == 200, path
    return shown


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

    shown = visit(open_browser(), site, SiteClient(), paths)

    assert {"/", "/login", "/signup", "/pricing", *paths[-3:]} <= set(shown)


def test_what_a_customer_may_see(open_browser: Callable[..., Page], site: Site) -> None:
    world = make_world(marker="Marigold")
    person = world.membership.user
    page, client = open_browser(), SiteClient()
    site.sign_in(page, person)
    client.force_login(person)
    paths = [
        *pages(world).values(),
        *(reverse(name, args=WORDS.get(name, [])) for name in OURS),
    ]

    shown = visit(page, site, client, paths)

    assert len(shown) >= 30


def test_what_an_operator_may_see(open_browser: Callable[..., Page], site: Site) -> None:
    operator = make_operator()
    page, client = open_browser(), SiteClient()
    site.enter_console(page, operator)
    client.enter_console(operator)
    make_world(marker="Marigold")
    fill(make_member().customer)

    shown = visit(page, site, client, console_paths())

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
