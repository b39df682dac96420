"""Why nothing is sending, and the do-not-contact list, where a customer looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Membership
from agents.models import Breaker, HourlyQuota, Lead, Message, Suppression
from agents.states import LeadStatus, MessageStatus
from hossagent.lib import clock
from hossagent.lib.calendars import hour_of
from tests.conftest import NOON
from tests.factories import LeadFactory, MembershipFactory, MessageFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: SiteClient) -> Membership:
    membership: Membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership


def test_the_first_obstacle_stands_on_top_with_its_remedy(
    client: SiteClient, member: Membership
) -> None:
    page = client.get(reverse("portal:why_nothing")).content.decode()

    assert "Is outreach switched on?" in page
    assert "notice-stop" in page
    assert (
        reverse("portal:why_nothing") in client.get(reverse("portal:message_list")).content.decode()
    )


def test_a_customer_is_not_told_how_the_service_is_run(
    client: SiteClient, member: Membership, configure: Callable[..., None]
) -> None:
    configure(MAX_EMAILS_PER_HOUR=4_711)
    HourlyQuota.objects.create(hour=hour_of(clock.now()), mode="live", used=4_710)
    Breaker.objects.create(
        code="bounces",
        scope=f"customer:{member.customer_id + 1}",
        sentence="A rival's list bounced.",
        numbers={},
        tripped_at=NOON,
    )

    page = client.get(reverse("portal:why_nothing")).content.decode()

    told = [
        word
        for word in ("4711", "4710", "rival", "manage.py", "EMAIL_MODE", "control room")
        if word in page
    ]
    assert told == []
    assert "This one is ours to mend" in page


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
