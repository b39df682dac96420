"""Settings: what a customer changes is stored, audited and taken up soon."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership
from accounts.states import Role
from agents.models import Profile
from agents.states import ApprovalMode
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db

PAGES: dict[str, dict[str, Any]] = {
    "settings_profile": {
        "company": "Northwind Studio",
        "offer": "Booking systems for clinics.",
        "ideal_customer": "Owner-led clinics",
        "tone": "friendly",
    },
    "settings_market": {"niche": "law firms", "geography": "Boston"},
    "settings_sending": {
        "sender_name": "Ann Lee",
        "postal_address": "2 High Street, Boston",
        "timezone": "America/Chicago",
        "window_start": "08:30",
        "window_end": "16:00",
        "window_weekdays": ["0", "2"],
    },
    "settings_approval": {"mode": "review_all"},
}


def save_everything(client: SiteClient) -> None:
    for page, data in PAGES.items():
        answer = client.post(reverse(f"portal:{page}"), data)
        assert answer.status_code == 302, (page, answer.content.decode())


def test_every_page_saves_what_was_typed(client: SiteClient, member: Membership) -> None:
    save_everything(client)

    customer = Customer.objects.get()
    profile = Profile.objects.get()
    assert (customer.company, customer.niche, customer.geography, customer.timezone) == (
        "Northwind Studio",
        "law firms",
        "Boston",
        "America/Chicago",
    )
    assert (profile.offer, profile.ideal_customer, profile.tone) == (
        "Booking systems for clinics.",
        "Owner-led clinics",
        "friendly",
    )
    assert (profile.sender_name, profile.postal_address) == ("Ann Lee", "2 High Street, Boston")
    assert (profile.window_start, profile.window_end) == (time(8, 30), time(16))
    assert profile.window_weekdays == [0, 2]
    assert profile.approval_mode == ApprovalMode.REVIEW_ALL


def test_each_change_is_audited_once_and_asks_for_a_pass(
    client: SiteClient, member: Membership
) -> None:
    before = Customer.objects.get().next_run_at
    save_everything(client)
    first = list(AuditEvent.objects.values_list("action", "actor"))
    save_everything(client)

    assert sorted(action for action, _ in first) == [
        "settings.approval",
        "settings.company",
        "settings.market",
        "settings.profile",
        "settings.sending",
        "settings.timezone",
    ]
    assert {actor for _, actor in first} == {member.user.email}
    assert AuditEvent.objects.count() == len(first)
    after = Customer.objects.get().next_run_at
    assert before
    assert after
    assert after > before


def test_bad_input_is_named_and_kept(client: SiteClient, member: Membership) -> None:
    url = reverse("portal:settings_sending")
    typed = {**PAGES["settings_sending"], "window_start": "18:00", "sender_name": "Ann & Co"}

    page = client.post(url, typed).content.decode()

    assert "The end time must be later than the start time." in page
    assert 'value="Ann &amp; Co"' in page
    assert "<title>Error: Sending" in page
    assert Profile.objects.get().sender_name == "Ada Byron"


def test_autopilot_goes_off_and_on(client: SiteClient, member: Membership) -> None:
    client.post(reverse("portal:switch_autopilot", args=["off"]))
    assert Customer.objects.get().autopilot is False

    client.post(reverse("portal:switch_autopilot", args=["on"]))
    assert Customer.objects.get().autopilot is True
    assert client.post(reverse("portal:switch_autopilot", args=["maybe"])).status_code == 404
    assert client.get(reverse("portal:switch_autopilot", args=["off"])).status_code == 405


def test_a_viewer_reads_and_changes_nothing(client: SiteClient) -> None:
    membership = MembershipFactory.create(role=Role.VIEWER)
    client.force_login(membership.user)

    for page, data in PAGES.items():
        assert client.get(reverse(f"portal:{page}")).status_code == 200
        assert client.post(reverse(f"portal:{page}"), data).status_code == 403
    assert not AuditEvent.objects.exists()
