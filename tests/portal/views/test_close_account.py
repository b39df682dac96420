"""Closing the account shuts everything; an owner who pays cancels first."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership
from accounts.states import Role
from agents.models import (
    Message,
)
from agents.states import MessageStatus
from tests.conftest import NOON
from tests.factories import (
    MembershipFactory,
    MessageFactory,
)
from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_closing_cancels_what_was_planned_and_shuts_the_door(
    client: SiteClient, member: Membership
) -> None:
    message = MessageFactory.create(
        lead__customer=member.customer, status=MessageStatus.QUEUED, due_at=NOON
    )
    url = reverse("portal:close_account")

    page = client.post(url, {"company": "wrong"}).content.decode()
    assert f"Type {member.customer.company} to close the account." in page
    assert client.post(url, {"company": member.customer.company}).status_code == 302

    customer = Customer.objects.get(pk=member.customer.pk)
    assert (customer.closed_at is None, customer.autopilot) == (False, False)
    assert Message.objects.get(pk=message.pk).status == MessageStatus.CANCELED
    assert AuditEvent.objects.get().action == "customer.close"
    client.force_login(member.user)
    assert client.get(reverse("portal:home")).status_code == 404


def test_a_paying_customer_cancels_first(client: SiteClient, member: Membership) -> None:
    subscription = member.customer.subscription
    subscription.status = "active"
    subscription.stripe_subscription_id = "sub_1"
    subscription.save()

    page = client.post(reverse("portal:close_account"), {"company": member.customer.company})

    assert "Cancel it under Billing" in page.content.decode()
    assert Customer.objects.get().closed_at is None


def test_only_an_owner_closes(client: SiteClient) -> None:
    client.force_login(MembershipFactory.create(role=Role.MEMBER).user)

    assert client.get(reverse("portal:close_account")).status_code == 403
