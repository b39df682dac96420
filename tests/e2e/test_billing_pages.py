"""Money's pages in Chromium, at both widths: the plan card in every standing, the billing
history, and the operator's pages about subscriptions at Stripe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import BillingEvent, Drift, Subscription
from billing.services import work_summaries
from billing.services.stripe_customers import link_stripe_customer
from billing.stripe_sync import project, store
from hossagent.lib import clock
from tests.e2e.conftest import Site, assert_accessible, assert_fits, make_member, make_operator
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET

if TYPE_CHECKING:
    import pytest_django
    from playwright.sync_api import Page

    from accounts.models import Membership


@pytest.fixture
def owner(site: Site, settings: pytest_django.Settings) -> Membership:
    """An owner, with payments switched on (nothing here asks Stripe)."""
    config = django_settings.CONFIG
    settings.CONFIG = type(config).model_validate(
        {
            **config.model_dump(),
            "ENABLE_STRIPE": True,
            "STRIPE_API_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    )
    return make_member(customer__company="Northwind Agency")


def two_paid_subscriptions(owner: Membership) -> None:
    """Bought a month ago and today, as the mirror keeps them."""
    row = Subscription.objects.get(customer=owner.customer)
    link_stripe_customer(row=row, stripe_customer_id="cus_1", now=clock.now())
    months = [(clock.now() - timedelta(days=30), 1), (clock.now(), 2)]
    store.store_customer_objects(
        customer_id=row.pk,
        stripe_customer_id="cus_1",
        subscriptions=[
            {
                "id": f"sub_1QkXy{number}N8vH2eZvKYlo2C0aBcDeF",
                "customer": "cus_1",
                "status": "active",
                "created": int(began.timestamp()),
                "livemode": False,
                "items": {
                    "data": [
                        {
                            "quantity": 1,
                            "current_period_start": int(began.timestamp()),
                            "current_period_end": int((began + timedelta(days=30)).timestamp()),
                        }
                    ]
                },
            }
            for began, number in months
        ],
        invoices=[
            {
                "id": f"in_{number}",
                "customer": "cus_1",
                "status": "paid",
                "number": f"HOSS-000{number}",
                "created": int(began.timestamp()),
                "total": 9_900,
                "amount_paid": 9_900,
                "hosted_invoice_url": "https://invoice.example.test/1",
                "invoice_pdf": "https://invoice.example.test/1.pdf",
                "parent": {
                    "subscription_details": {
                        "subscription": f"sub_1QkXy{number}N8vH2eZvKYlo2C0aBcDeF"
                    }
                },
            }
            for began, number in months
        ],
    )
    project.write_projection(row=row, now=clock.now())


# The row's columns, and the sentence that the customer reads.
CARDS: list[tuple[dict[str, Any], str]] = [
    ({}, "You are in a 7-day free trial."),
    ({"status": "trialing"}, "You are in a 7-day free trial."),
    ({"status": "trialing", "cancel_at": 3}, "You are in a 7-day free trial."),
    ({"trial_started_at": -9, "trial_ends_at": -2}, "Your free trial has ended."),
    ({"status": "active"}, "Active subscription"),
    ({"status": "active", "last_paid_at": 0, "current_period_end": 30}, "Active subscription"),
    ({"status": "active", "cancel_at": 12}, "Your subscription ends on"),
    (
        {"status": "past_due", "past_due_since": -1, "last_paid_at": -31},
        "Your last payment did not go through.",
    ),
    (
        {"status": "past_due", "past_due_since": -4, "last_paid_at": -34},
        "real outreach has stopped.",
    ),
    ({"status": "past_due", "past_due_since": -1}, "Your first payment did not go through."),
    ({"status": "unpaid"}, "Your subscription is unpaid"),
    ({"status": "paused"}, "Your subscription is paused."),
    (
        {"status": "incomplete", "trial_started_at": -9, "trial_ends_at": -2},
        "Your first payment is not complete.",
    ),
    ({"status": "canceled"}, "Your subscription is canceled."),
    ({"status": "unknown"}, "We could not confirm the state of your subscription."),
    ({"trial_started_at": None, "trial_ends_at": None}, "You have no plan yet."),
    ({"is_complimentary": True}, "Complimentary access"),
]


def look(page: Page, name: str) -> None:
    assert_fits(page)
    assert_accessible(page)


def test_the_plan_card_is_readable_in_every_standing(
    site: Site, page: Page, owner: Membership
) -> None:
    site.sign_in(page, owner.user)
    rows = Subscription.objects.filter(customer=owner.customer)
    fresh = rows.values().get()
    now = clock.now()

    for number, (columns, sentence) in enumerate(CARDS):
        days = {
            name: now + timedelta(days=value) if type(value) is int else value
            for name, value in columns.items()
        }
        rows.update(**{**fresh, **days})
        page.goto(site.url + reverse("portal:billing"))

        expect(page.locator(".plan-card")).to_contain_text(sentence)
        look(page, f"card{number:02}")


def test_billing_page_shows_history_and_second_subscription(
    site: Site, page: Page, owner: Membership
) -> None:
    two_paid_subscriptions(owner)
    line = work_summaries.add_line(
        customer=owner.customer, description="Snapshot", amount_cents=2_500, now=clock.now()
    )
    invoice = work_summaries.issue_invoice(
        invoice=line.invoice, by="hoss@hossagent.test", now=clock.now()
    )
    type(invoice).objects.update(payment_url="https://pay.example.test/1")
    site.sign_in(page, owner.user)

    page.goto(site.url + reverse("portal:billing"))

    expect(page.locator(".plan-card")).to_contain_text("Your account has two subscriptions")
    expect(page.get_by_role("link", name="View invoice HOSS-0002")).to_be_visible()
    expect(page.get_by_role("link", name="PAY NOW")).to_be_visible()
    look(page, "history")


def test_the_operator_finds_who_pays_twice_and_can_leave_it(
    site: Site, page: Page, owner: Membership
) -> None:
    two_paid_subscriptions(owner)
    site.enter_console(page, make_operator())

    page.goto(f"{site.url}/admin/")
    look(page, "index")
    page.get_by_role("link", name="1 charged twice").click()
    expect(page.locator("#result_list")).to_be_visible()
    look(page, "twice_list")
    page.locator("#result_list").get_by_role("link", name="2", exact=True).click()
    expect(page.locator("#content")).to_contain_text("has 2 live subscriptions")
    look(page, "twice")
    page.get_by_role("button", name="Cancel this one").first.click()
    expect(page.locator("#question")).to_contain_text("of Northwind Agency?")
    look(page, "twice_ask")
    page.get_by_role("link", name="No, go back").click()
    expect(page.locator("#content")).to_contain_text("has 2 live subscriptions")
    assert Subscription.objects.get(customer=owner.customer).live_count == 2


def test_the_console_s_billing_lists_fit(site: Site, page: Page, owner: Membership) -> None:
    two_paid_subscriptions(owner)
    now = clock.now()
    line = work_summaries.add_line(
        customer=owner.customer, description="Snapshot", amount_cents=2_500, now=now
    )
    Drift.objects.create(
        customer=owner.customer,
        found_at=now,
        differences={"status": {"ours": "active", "stripe": "canceled"}},
        is_repaired=True,
    )
    BillingEvent.objects.create(
        event_id="evt_1QkXyzN8vH2eZvKYlo2C0aBc",
        type="customer.subscription.trial_will_end",
        livemode=False,
        happened_at=now,
        received_at=now,
        status="failed",
        attempts=14,
        error="StripeUnavailable: Stripe could not be reached: " + "network " * 12,
    )
    site.enter_console(page, make_operator())

    for address in (
        "subscription/",
        "invoice/",
        f"invoice/{line.invoice_id}/change/",
        "drift/",
        "billingevent/",
        f"billingevent/{BillingEvent.objects.get().pk}/change/",
        "checkout/",
        "trialidentity/",
    ):
        page.goto(f"{site.url}/admin/billing/{address}")
        look(page, address.replace("/", "_"))
