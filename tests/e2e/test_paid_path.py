"""The acceptance walk in Chromium, with the stand-in for Stripe as the payment side."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.models import Customer
from agents.autopilot.services.cycles import run_cycle
from billing import gateway
from billing.dev.server import StandIn
from billing.models import BillingEvent, Subscription
from billing.services import events
from hossagent.lib import clock
from tests.e2e.conftest import Site, assert_accessible, assert_fits, make_member
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest_django
    from playwright.sync_api import Page


@pytest.fixture
def stand_in(site: Site, settings: pytest_django.Settings) -> Iterator[StandIn]:
    running = StandIn(
        clock=clock.now,
        port=0,
        webhook_url=f"{site.url}/stripe/webhook",
        webhook_secret=WEBHOOK_SECRET,
    )
    running.start()
    config = django_settings.CONFIG
    settings.CONFIG = type(config).model_validate(
        {
            **config.model_dump(),
            "ENABLE_STRIPE": True,
            "STRIPE_API_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_BASE": running.base_url,
        }
    )
    policy = copy.deepcopy(django_settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(running.base_url)
    settings.CONTENT_SECURITY_POLICY = policy
    gateway.http_client.cache_clear()
    yield running
    running.outgoing.join()
    running.stop()
    gateway.http_client().close()  # type: ignore[no-untyped-call] # the SDK's
    gateway.http_client.cache_clear()


def process_events() -> None:
    while events.process_next(now=clock.now()):
        pass


def test_from_the_landing_page_to_a_canceled_subscription(
    page: Page, site: Site, stand_in: StandIn
) -> None:
    # / → Start 7-day free trial → the form
    page.goto(site.url)
    page.get_by_role("link", name="Start 7-day free trial").first.click()
    page.get_by_label("Company").fill("Byron & Co")
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("Email address").fill("ada@byron.test")
    page.get_by_label("Niche").fill("dental clinics")
    page.get_by_label("Geography").fill("Austin, Texas")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Start my trial").click()

    # → checkout with a test card
    expect(page.get_by_text("This is a stand-in for Stripe.")).to_be_visible()
    expect(page.get_by_text("Nothing is charged today.")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Start trial").click()

    # → the portal, where the trial is running
    expect(page).to_have_url(re.compile(r"/portal/$"))
    expect(page.get_by_text("You are in a 7-day free trial. 7 days remaining.")).to_be_visible()
    expect(page.get_by_text("Your card will be charged $99.00")).to_be_visible()
    customer = Customer.objects.select_related("subscription", "profile").get(
        email="ada@byron.test"
    )
    assert customer.subscription.status == "trialing"

    # → data
    run_cycle(customer=customer, now=clock.now(), by="test")
    page.reload()
    found = customer.leads.count()
    tile = page.get_by_role("listitem").filter(has_text=re.compile(rf"{found}\s*Leads"))
    expect(tile.first).to_be_visible()
    assert found > 0

    # → Upgrade to Pro: the card on file is charged
    page.get_by_role("button", name="Upgrade to Pro").click()
    expect(page.get_by_text("your card was charged", exact=False)).to_be_visible()
    expect(page.get_by_text("Active subscription")).to_be_visible()
    expect(page.get_by_text("Next billing date:")).to_be_visible()

    # → Manage Billing → cancel → the portal shows it
    page.get_by_role("button", name="Manage Billing").click()
    expect(page.get_by_role("heading", name="Billing portal")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Cancel subscription").click()
    expect(page.get_by_text("ends with the current period")).to_be_visible()
    page.get_by_role("link", name="Return to HossAgent").click()
    expect(
        page.get_by_text(re.compile(r"Your subscription ends on \w+ \d+, \d{4}\."))
    ).to_be_visible()

    # Its invoices are in the history, and the webhooks said the same.
    page.goto(site.path("portal:billing"))
    expect(page.get_by_text("HOSS-0002")).to_be_visible()
    assert_fits(page)
    stand_in.outgoing.join()
    process_events()
    row = Subscription.objects.get(customer=customer)
    assert (row.status, row.cancel_at) == ("active", row.current_period_end)
    assert set(BillingEvent.objects.values_list("status", flat=True)) == {"processed"}


def test_a_declined_card_is_seen_and_made_good(page: Page, site: Site, stand_in: StandIn) -> None:
    member = make_member()
    site.sign_in(page, member.user)
    page.goto(site.path("portal:home"))
    page.get_by_role("button", name="Upgrade to Pro").click()
    page.get_by_label("Card number").fill("4000 0000 0000 0341")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_text("Active subscription")).to_be_visible()

    page.get_by_role("button", name="Manage Billing").click()
    page.get_by_role("button", name="Use a card that is declined").click()
    page.get_by_role("button", name="Go to the end of the current period").click()
    page.get_by_role("link", name="Return to HossAgent").click()

    expect(page.get_by_text("Your last payment did not go through.")).to_be_visible()
    page.get_by_role("button", name="Manage Billing").click()
    page.get_by_role("button", name="Use a card that works").click()
    page.get_by_role("link", name="Return to HossAgent").click()
    expect(page.get_by_text("Active subscription")).to_be_visible()
