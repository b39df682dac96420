"""Help, export and closing the account."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership, OutboxMail, SupportTicket
from accounts.states import Role
from agents.models import DataExport, Message
from agents.services import exports
from agents.states import MessageStatus, TaskStatus
from tests.clients import SiteClient
from tests.conftest import NOON
from tests.factories import LeadFactory, MembershipFactory, MessageFactory, TaskFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def member(client: SiteClient) -> Membership:
    membership: Membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership


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
    for _ in range(12):
        client.post(reverse("portal:help"), {"subject": "Again", "body": "and again"})

    assert SupportTicket.objects.count() == 10


def test_an_export_holds_what_is_mine_and_nothing_internal(
    client: SiteClient, member: Membership
) -> None:
    customer = member.customer
    LeadFactory.create(customer=customer, company="=cmd|' /C calc'!A0", contact_name="José")
    LeadFactory.create(company="Somebody else's")
    TaskFactory.create(
        customer=customer,
        title="Market snapshot",
        status=TaskStatus.DONE,
        deliverable="# Snapshot",
        finished_at=NOON,
        due_at=None,
        reward_cents=987_654,
    )

    client.post(reverse("portal:export"))
    client.post(reverse("portal:export"))
    assert DataExport.objects.count() == 1
    due = DataExport.objects.get().due_at
    assert due is not None
    assert exports.build_next(now=due)
    assert not exports.build_next(now=due)

    package = DataExport.objects.get()
    answer = client.get(reverse("portal:export_download", args=[package.pk]))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    task = customer.tasks.get()
    assert archive.namelist() == [
        "about.json",
        "leads.csv",
        "outreach.csv",
        "replies.csv",
        "do_not_contact.csv",
        f"work/{task.pk:06d}-market-snapshot.md",
    ]
    rows = list(csv.DictReader(io.StringIO(archive.read("leads.csv").decode("utf-8-sig"))))
    assert [(row["company"], row["contact_name"]) for row in rows] == [
        ("'=cmd|' /C calc'!A0", "José")
    ]
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Somebody else" not in everything
    assert b"987654" not in everything
    assert b"9876" not in everything


def test_a_package_is_not_for_strangers_and_goes_after_a_week(
    client: SiteClient, member: Membership
) -> None:
    package = exports.request_export(customer=member.customer, by="ann", now=NOON)
    exports.build_next(now=NOON)
    url = reverse("portal:export_download", args=[package.pk])
    assert client.get(url).status_code == 200
    stranger = SiteClient()
    stranger.force_login(MembershipFactory.create().user)
    assert stranger.get(url).status_code == 404

    assert not exports.expire_next(now=NOON + timedelta(days=6))
    assert exports.expire_next(now=NOON + timedelta(days=8))
    assert client.get(url).status_code == 404


def test_a_packer_that_died_is_followed_by_another(member: Membership) -> None:
    exports.request_export(customer=member.customer, by="ann", now=NOON)
    DataExport.objects.update(attempts=1, due_at=NOON + exports.LEASE)

    assert not exports.build_next(now=NOON)
    assert exports.build_next(now=NOON + exports.LEASE)
    assert DataExport.objects.get().finished_at == NOON + exports.LEASE


def test_a_package_that_cannot_be_made_says_so(
    member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.request_export(customer=member.customer, by="ann", now=NOON)
    monkeypatch.setattr(exports, "list_files", lambda **_: 1 / 0)

    later = NOON
    for _ in range(exports.MAX_ATTEMPTS):
        assert exports.build_next(now=later)
        later += timedelta(hours=1)

    package = DataExport.objects.get()
    assert (package.due_at, package.error) == (None, "ZeroDivisionError: division by zero")


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
