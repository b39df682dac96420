"""Outreach pages: every email has a name to click, also while it waits to be written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.factories import LeadFactory, MembershipFactory, MessageFactory

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_email_that_is_not_written_is_named_everywhere(client: SiteClient) -> None:
    member = MembershipFactory.create()
    client.force_login(member.user)
    message = MessageFactory.create(
        lead=LeadFactory.create(customer=member.customer),
        subject="",
        body="",
        written_by="",
        held_code="no_identity",
        held_reason="Add your postal address in Settings.",
    )
    path = f"/portal/outreach/{message.pk}/"

    listed = client.get("/portal/outreach/").text
    page = client.get(path).text
    lead = client.get(f"/portal/leads/{message.lead_id}/").text

    assert re.findall(rf'href="{path}">([^<]*)<', listed) == ["Not written yet"]
    assert re.findall(r"<h1>([^<]*)</h1>", page) == ["Not written yet"]
    assert "This email is not written yet." in page
    assert "It was written" not in page
    assert re.findall(r"<dt>(Written|Planned)</dt>\s*<dd>([^<]*)</dd>", page) == [
        ("Planned", "Mar 4, 2026, 12:00 PM")
    ]
    assert "Planned: an email that is not written yet" in lead


def test_written_dry_run_says_so(client: SiteClient) -> None:
    member = MembershipFactory.create()
    client.force_login(member.user)
    message = MessageFactory.create(lead=LeadFactory.create(customer=member.customer))

    page = client.get(f"/portal/outreach/{message.pk}/").text

    assert "It was written, but it will never be sent." in page
    assert "by templates" in page
