"""Questions are stored, mailed and answered, ten in an hour."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Membership, OutboxMail, SupportTicket
from tests.factories import (
    MembershipFactory,
)
from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_a_question_is_stored_mailed_and_answered(
    client: SiteClient, operator_client: SiteClient, member: Membership
) -> None:
    client.post(reverse("portal:help"), {"subject": "Leads", "body": "Where are they?"})

    ticket = SupportTicket.objects.get()
    assert (ticket.customer, ticket.email) == (member.customer, member.user.email)
    assert OutboxMail.objects.get().kind == "accounts/ticket_opened"

    url = reverse("admin:accounts_ticket_answer", args=[ticket.pk])
    operator_client.post(url, {"answer": ""})
    assert SupportTicket.objects.get().answered_at is None
    operator_client.post(url, {"answer": "Under Leads."})
    operator_client.post(url, {"answer": "Once more."})

    assert SupportTicket.objects.get().answer == "Under Leads."
    mail = OutboxMail.objects.get(kind="accounts/ticket_answered")
    assert mail.to == member.user.email
    assert "Under Leads." in mail.text
    assert "Under Leads." in client.get(reverse("portal:help")).content.decode()


def test_questions_have_an_hourly_limit(client: SiteClient, member: Membership) -> None:
    """Ten for one customer, whoever of its people asks; another customer's are its own."""
    question = {"subject": "Again", "body": "and again"}
    colleague = SiteClient()
    colleague.force_login(MembershipFactory.create(customer=member.customer).user)
    stranger = SiteClient()
    stranger.force_login(MembershipFactory.create().user)
    for _ in range(10):
        client.post(reverse("portal:help"), question)

    refused = colleague.post(reverse("portal:help"), question).content.decode()
    stranger.post(reverse("portal:help"), question)

    assert "You have sent many questions within an hour. Please email us instead." in refused
    assert SupportTicket.objects.filter(customer=member.customer).count() == 10
    assert SupportTicket.objects.count() == 11
