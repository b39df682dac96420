"""Why nothing is sending: the first obstacle, and only what concerns the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import Membership
from agents.models import Breaker, HourlyQuota
from hossagent.lib import clock
from hossagent.lib.calendars import hour_of
from tests.conftest import NOON
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_the_first_obstacle_stands_on_top_with_its_remedy(
    client: SiteClient, member: Membership
) -> None:
    page = client.get(reverse("portal:why_nothing")).content.decode()

    assert "Is outreach turned on?" in page
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
        for word in ("4711", "4710", "rival", "manage.py", "EMAIL_MODE", "console")
        if word in page
    ]
    assert told == []
    assert "We need to fix this" in page
