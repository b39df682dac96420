"""A real browser on a real server: what every browser test shares.

`site` is the running site, `open_browser(width=390)` gives a fresh browser (own cookies).
Every console error, script error, CSP violation and server error in any page fails the
test at its end; what a test provokes on purpose it names with `site.tolerate(...)`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import sync_playwright

from accounts.models import OutboxMail, User
from agents.models import SystemSettings
from billing.plans import PRO
from hossagent.lib import clock
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest_django
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

    from accounts.models import Membership

# Playwright's synchronous interface runs an event loop in this thread; the tests' own
# queries are plain calls all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DESKTOP, PHONE = 1280, 390
PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser against a database that commits."""
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))


@dataclass
class Site:
    """The running site, what went wrong in its pages, and shortcuts into it."""

    url: str
    problems: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

    def path(self, name: str, *args: Any) -> str:
        """The full address of a named page."""
        return self.url + reverse(name, args=args)

    def tolerate(self, pattern: str) -> None:
        """A problem that this test provokes on purpose (a regular expression)."""
        self.tolerated.append(pattern)

    def unexpected(self) -> list[str]:
        return [
            problem
            for problem in self.problems
            if not any(re.search(pattern, problem) for pattern in self.tolerated)
        ]

    def watch(self, page: Page) -> None:
        def on_console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.problems.append(f"console {message.type} on {page.url}: {message.text}")

        def on_response(response: Response) -> None:
            if response.status >= 500:
                self.problems.append(f"{response.status} from {response.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script on {page.url}: {error}"))
        page.on("response", on_response)

    # --- Shortcuts past the sign-in pages, for tests about something else ------------

    def sign_in(self, page: Page, user: User) -> None:
        """Make `page` a signed-in customer's browser."""
        client = SiteClient()
        client.force_login(user)
        self._take_cookies(page, client, path="/")

    def enter_console(self, page: Page, operator: User) -> None:
        """Make `page` a signed-in operator's browser."""
        client = SiteClient()
        client.enter_console(operator)
        self._take_cookies(page, client, path="/admin")

    def _take_cookies(self, page: Page, client: SiteClient, *, path: str) -> None:
        host = self.url.split("//")[1].split(":")[0]
        for name, morsel in client.cookies.items():
            page.context.add_cookies(
                [{"name": name, "value": morsel.value, "domain": host, "path": path}]
            )


def make_member(**fields: Any) -> Membership:
    """An owner whose customer's trial began a moment ago."""
    now = clock.now()
    membership: Membership = MembershipFactory.create(created_at=now, **fields)
    subscription = membership.customer.subscription
    subscription.trial_ends_at = now + PRO.trial_length
    subscription.trial_started_at = now
    subscription.save()
    return membership


def make_operator(email: str = "hoss@hossagent.test") -> User:
    return User.objects.create_operator(email=email, password=PASSWORD, now=clock.now())


def latest_mail(to: str) -> OutboxMail:
    """The newest account mail to `to`, as the outbox holds it."""
    found: OutboxMail = OutboxMail.objects.filter(to=to).latest("pk")
    return found


def assert_fits(page: Page) -> None:
    """No sideways scrolling, once the page that is being opened is there."""
    page.wait_for_load_state()  # a document that has just begun has no root element yet
    wide = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can find."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    # Without preloading: axe would put stylesheets into the page, which our policy stops.
    options = {"runOnly": {"type": "tag", "values": tags}, "preload": False}
    results = Axe().run(page, options=options)
    assert results.violations_count == 0, results.generate_report()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def site(
    # The database first: the server's threads must see the test's file, not ":memory:".
    django_db_setup: None,
    live_server: Any,
    settings: pytest_django.Settings,
    transactional_db: None,
) -> Iterator[Site]:
    SystemSettings.objects.get_or_create(pk=1)  # the migration's row, gone with a flush
    config = django_settings.CONFIG
    settings.CONFIG = config.model_copy(update={"BASE_URL": live_server.url})
    running = Site(live_server.url)
    yield running
    assert running.unexpected() == []


@pytest.fixture
def open_browser(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`open_browser(width=390)`: a page in a browser of its own, watched for problems."""
    contexts = []

    def open_page(*, width: int = DESKTOP, javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        site.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    """Runs the test at 1280 and at 390 pixels."""
    return int(request.param)


@pytest.fixture
def page(open_browser: Callable[..., Page], width: int) -> Page:
    """One browser, at both widths."""
    return open_browser(width=width)
