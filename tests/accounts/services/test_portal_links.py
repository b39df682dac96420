"""View as customer: by an audited button, and by a link that can be replaced."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer
from tests.factories import CustomerFactory
from tests.helpers.clients import SiteClient
from tests.helpers.operators import EMAIL

pytestmark = pytest.mark.django_db


def test_impersonation_is_audited_and_ends_at_the_preview(
    operator_client: SiteClient,
) -> None:
    customer = CustomerFactory.create()
    url = reverse("admin:customer_action", args=[customer.pk, "impersonate"])

    assert operator_client.get(url).status_code == 405
    answer = operator_client.post(url)

    assert answer["Location"] == f"/portal/{customer.public_token}"
    event = AuditEvent.objects.get(action="customer.impersonate")
    assert (event.actor, event.customer_id) == (EMAIL, customer.pk)
    assert operator_client.get("/portal/").status_code == 302


def test_a_new_portal_link_ends_the_old_one(operator_client: SiteClient) -> None:
    customer = CustomerFactory.create()
    old = customer.public_token
    url = reverse("admin:customer_action", args=[customer.pk, "rotate-link"])

    operator_client.post(url)
    assert Customer.objects.get().public_token == old
    operator_client.post(url, {"confirmed": "yes"})

    new = Customer.objects.get().public_token
    assert SiteClient().get(f"/portal/{old}").status_code == 404
    assert SiteClient().get(f"/portal/{new}").status_code == 200
    event = AuditEvent.objects.get(action="portal_link.rotate")
    assert new not in str(event.after)
