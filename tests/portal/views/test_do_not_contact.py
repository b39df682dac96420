"""The do-not-contact list counts at once, from a paste or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Membership
from agents.models import Lead, Message, Suppression
from agents.states import LeadStatus, MessageStatus
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.django_db


def test_a_pasted_list_and_a_file_count_at_once(client: SiteClient, member: Membership) -> None:
    lead = LeadFactory.create(customer=member.customer, email="ada@acme.com")
    message = MessageFactory.create(lead=lead, status=MessageStatus.QUEUED, due_at=NOON)
    other = LeadFactory.create(email="ada@acme.com")

    answer = client.post(
        reverse("portal:do_not_contact"),
        {
            "entries": "acme.com, not an address",
            "file": SimpleUploadedFile("list.csv", b"bob@corp.com\n"),
        },
        follow=True,
    )

    page = answer.content.decode()
    assert "2 added to the list. Planned emails canceled: 1." in page
    assert "so not added: not an address." in page
    assert "bob@corp.com" in page
    values = Suppression.objects.filter(customer=member.customer).values_list("value", flat=True)
    assert sorted(values) == ["acme.com", "bob@corp.com"]
    assert Message.objects.get(pk=message.pk).status == MessageStatus.CANCELED
    assert Lead.objects.get(pk=lead.pk).status == LeadStatus.CLOSED
    assert Lead.objects.get(pk=other.pk).status == LeadStatus.NEW


def test_nonsense_is_named_and_kept(client: SiteClient, member: Membership) -> None:
    page = client.post(reverse("portal:do_not_contact"), {"entries": "nobody"}).content.decode()

    assert "There is no address or domain here." in page
    assert ">\nnobody</textarea>" in page
    assert not Suppression.objects.exists()
