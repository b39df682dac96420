"""Stripe's pages in the console: diagnostics, and a customer who pays twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, OutboxMail, User
from agents.reports.selectors.customer_plans import get_plan_row, needing_attention
from billing.dev.objects import ApiError
from billing.selectors import get_plan_card, get_stripe_health
from billing.services import subscriptions
from billing.services.diagnostics import run_diagnostics
from billing.stripe_sync import sync
from tests.billing.conftest import process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_the_diagnostics_button_answers_with_stripe_on(
    operator_client: SiteClient, fake_stripe: FakeStripe
) -> None:
    answer = operator_client.post(reverse("admin:stripe_diagnostics"))

    assert answer.status_code == 200
    assert len(answer.context["checks"]) > 0


def test_the_diagnostics_button_answers_with_stripe_off(operator_client: SiteClient) -> None:
    answer = operator_client.post(reverse("admin:stripe_diagnostics"))

    assert answer.status_code == 200
    assert "ENABLE_STRIPE" in answer.content.decode()


def choose(client: SiteClient, buyer: Buyer, subscription: str, **answer: str) -> tuple[int, str]:
    url = reverse("admin:stripe_cancel_one", args=[buyer.customer.pk])
    page = client.post(url, {"subscription": subscription, **answer}, follow=True)
    return page.status_code, page.content.decode()


def test_everybody_who_looks_is_told(
    payer: Buyer, second_subscription: str, operator_client: SiteClient
) -> None:
    row = payer.row
    page = reverse("admin:stripe_subscriptions", args=[row.pk])

    checks = {found.question: found for found in run_diagnostics(now=NOON)}
    listed = operator_client.get("/admin/billing/subscription/?live=two").content.decode()
    everything = operator_client.get(reverse("admin:accounts_customer_change", args=[row.pk]))

    assert checks["Two subscriptions"].answer == "1 customer is charged twice"
    assert get_stripe_health().paying_twice == 1
    assert list(needing_attention(type(row.customer).objects.all(), now=NOON)) == [row.customer]
    assert get_plan_row(customer=row.customer, now=NOON).needs_attention is True
    assert f'href="{page}"' in listed
    assert f'href="{page}"' in everything.content.decode()
    assert "1 charged twice" in operator_client.get("/admin/").content.decode()
    card = get_plan_card(customer=row.customer, now=NOON)
    assert card.tone == "bad"
    assert card.details[0].startswith("Your account has two subscriptions")


def test_the_operator_ends_the_one_that_was_chosen(
    operator_client: SiteClient, payer: Buyer, second_subscription: str, fake_stripe: FakeStripe
) -> None:
    _, asked = choose(operator_client, payer, second_subscription)
    assert f"Cancel {second_subscription} of {payer.customer.company}?" in asked
    assert "This customer keeps 1 other subscription." in asked
    assert payer.row.live_count == 2

    _, done = choose(operator_client, payer, second_subscription, confirmed="1")

    states = {one["id"]: one["status"] for one in fake_stripe.world.all("subscription")}
    assert states == {payer.subscription_id: "active", second_subscription: "canceled"}
    assert f"{second_subscription} has ended." in done
    assert "One subscription is live. Nothing needs to be done." in done
    row = payer.row
    assert (row.live_count, row.status, row.stripe_subscription_id) == (
        1,
        "active",
        payer.subscription_id,
    )
    kept = AuditEvent.objects.get(action="subscription.cancel_one")
    assert (kept.actor, kept.note) == ("hoss@hossagent.test", second_subscription)
    assert (kept.before["live_count"], kept.after["live_count"]) == (2, 1)
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    assert OutboxMail.objects.count() == 0


def test_ending_the_only_one_says_what_that_means(
    operator_client: SiteClient, payer: Buyer
) -> None:
    sync.sync_customer(customer_id=payer.customer.pk, now=NOON)

    _, asked = choose(operator_client, payer, payer.subscription_id)
    _, done = choose(operator_client, payer, payer.subscription_id, confirmed="1")

    assert "It is the only one" in asked
    assert f"{payer.customer.company} has no live subscription in Stripe." in done
    assert payer.row.status == "canceled"


def test_only_the_customer_s_own_live_ones_can_be_chosen(
    operator_client: SiteClient, payer: Buyer, second_subscription: str, fake_stripe: FakeStripe
) -> None:
    world = fake_stripe.world
    stranger = world.add("customer", "cus", {"email": None, "name": None})
    theirs = world.subscribe(customer=stranger["id"], price=world.all("price")[0]["id"])

    assert choose(operator_client, payer, theirs["id"], confirmed="1")[0] == 404
    with pytest.raises(subscriptions.NothingToCancel):
        subscriptions.cancel_one(
            customer=payer.customer, subscription_id=theirs["id"], by="x", now=NOON
        )
    assert theirs["status"] == "active"


def test_one_that_ended_meanwhile_is_said_so(
    operator_client: SiteClient, payer: Buyer, second_subscription: str, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.end(second_subscription)

    _, page = choose(operator_client, payer, second_subscription, confirmed="1")

    assert f"{second_subscription} has ended in the meantime. Nothing was changed." in page
    assert AuditEvent.objects.filter(action="subscription.cancel_one").count() == 0


def test_an_outage_is_a_sentence_and_changes_nothing(
    operator_client: SiteClient, payer: Buyer, second_subscription: str, fake_stripe: FakeStripe
) -> None:
    fake_stripe.api.is_down = True

    _, page = choose(operator_client, payer, second_subscription, confirmed="1")

    assert "Stripe could not be reached" in page
    assert payer.row.live_count == 2


def test_change_is_audited_even_if_stripe_then_falls_silent(
    operator_client: SiteClient, payer: Buyer, second_subscription: str, fake_stripe: FakeStripe
) -> None:
    fake_stripe.api.before_answer = lambda call: (
        fake_stripe.api.errors.update(
            {"/v1/subscriptions": ApiError("Gone.", status=503, kind="api_error")}
        )
        if call.method == "delete"
        else None
    )

    _, page = choose(operator_client, payer, second_subscription, confirmed="1")

    assert "Stripe has done it, but did not answer afterward." in page
    kept = AuditEvent.objects.get(action="subscription.cancel_one")
    assert (kept.note, kept.after) == (second_subscription, {"status": "not known yet"})


def test_looking_is_free_and_canceling_asks_for_a_permission(
    operator_client: SiteClient, payer: Buyer, second_subscription: str
) -> None:
    User.objects.filter(is_staff=True).update(is_superuser=False)
    page = operator_client.get(reverse("admin:stripe_subscriptions", args=[payer.customer.pk]))

    assert choose(operator_client, payer, second_subscription, confirmed="1")[0] == 403
    assert payer.row.live_count == 2
    assert second_subscription in page.content.decode()
    assert "Cancel this one" not in page.content.decode()


def test_a_customer_whom_stripe_does_not_know_has_none(
    operator_client: SiteClient, configure: Callable[..., None]
) -> None:
    configure(ENABLE_STRIPE=False)
    customer = CustomerFactory.create()

    page = operator_client.get(reverse("admin:stripe_subscriptions", args=[customer.pk]))

    assert f"{customer.company} has no live subscription in Stripe." in page.content.decode()
    assert "dashboard.stripe.com" not in page.content.decode()
    assert operator_client.get("/admin/stripe/customers/999999/").status_code == 404
