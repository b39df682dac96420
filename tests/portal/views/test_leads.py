"""The lead pages: filtered, paged by key, exported; strangers see nothing."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.states import Role
from agents.leads.selectors import leads as selectors
from agents.models import Lead, Suppression
from agents.states import (
    LeadStatus,
    MessageStatus,
)
from portal.views.lead_decisions import DECISIONS
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory, TaskFactory

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def listed(client: SiteClient, query: str = "") -> list[str]:
    page = client.get(reverse("portal:lead_list") + query).context["page"]
    return [lead.company for lead in page.leads]


def test_the_list_is_paged_by_key_in_both_directions(
    client: SiteClient, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_SIZE", 2)
    leads = [LeadFactory.create(customer=member.customer, company=f"C{n}") for n in range(5)]

    assert listed(client) == ["C4", "C3"]
    assert listed(client, f"?before={leads[3].pk}") == ["C2", "C1"]
    assert listed(client, f"?before={leads[1].pk}") == ["C0"]
    assert listed(client, f"?after={leads[1].pk}") == ["C3", "C2"]
    page = client.get(reverse("portal:lead_list"), {"before": leads[3].pk}).context["page"]
    assert (page.older, page.newer) == (leads[1].pk, leads[2].pk)
    assert listed(client, "?before=nonsense") == ["C4", "C3"]


def test_a_search_is_paged_over_addresses_and_companies_alike(
    client: SiteClient, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_SIZE", 2)
    LeadFactory.create(company="Ash of another", email="ash@another.com")
    leads = [
        LeadFactory.create(customer=member.customer, company=company, email=email)
        for company, email in (
            ("Ash 0", "info@zero.com"),
            ("Birch 1", "ash@one.com"),
            ("Oak 2", "info@two.com"),
            ("Ash 3", "ash@three.com"),
            ("Birch 4", "ash@four.com"),
            ("Ash 5", "info@five.com"),
        )
    ]

    def page(**query: Any) -> tuple[list[str], int | None, int | None]:
        shown = client.get(reverse("portal:lead_list"), {"search": "ash", **query}).context["page"]
        return [lead.company for lead in shown.leads], shown.older, shown.newer

    assert page() == (["Ash 5", "Birch 4"], leads[4].pk, None)
    assert page(before=leads[4].pk) == (["Ash 3", "Birch 1"], leads[1].pk, leads[3].pk)
    assert page(before=leads[1].pk) == (["Ash 0"], None, leads[0].pk)
    assert page(after=leads[0].pk) == (["Ash 3", "Birch 1"], leads[1].pk, leads[3].pk)
    assert page(after=leads[3].pk) == (["Ash 5", "Birch 4"], leads[4].pk, None)
    Lead.objects.filter(pk=leads[4].pk).update(address_check="risky", next_action_at=None)
    assert page(show="held") == (["Birch 4"], None, None)


def test_the_list_is_narrowed(client: SiteClient, member: Membership) -> None:
    def make(company: str, **fields: Any) -> Lead:
        lead: Lead = LeadFactory.create(customer=member.customer, company=company, **fields)
        return lead

    make("Café Blue", email="ada@blue.com")
    make("Closed One", status=LeadStatus.CLOSED, next_action_at=None)
    make("Held One", address_check="risky", next_action_at=None)
    make("Bounced One", address_check="undeliverable", next_action_at=None)
    make("Replied One", replied_at=NOON)
    make("Mailed One", last_contacted_at=NOON)
    make("Qualified One", qualified_at=NOON)
    worked = make("Worked One")
    TaskFactory.create(
        customer=member.customer,
        lead=worked,
        status="done",
        deliverable="x",
        due_at=None,
        finished_at=NOON,
    )

    assert listed(client, "?search=caf%C3%A9 b") == ["Café Blue"]
    assert listed(client, "?search=ADA@bl") == ["Café Blue"]
    assert listed(client, "?status=closed") == ["Closed One"]
    assert listed(client, "?show=held") == ["Bounced One", "Held One"]
    assert listed(client, "?reached=contacted") == ["Mailed One"]
    assert listed(client, "?reached=qualified") == ["Qualified One"]
    assert listed(client, "?reached=replied") == ["Replied One"]
    assert listed(client, "?reached=worked") == ["Worked One"]
    assert listed(client, "?status=nonsense&reached=x") == listed(client)
    assert b"No leads match" in client.get("/portal/leads/?search=zzz").content


def test_one_and_many_leads_cost_the_same_queries(
    client: SiteClient, member: Membership, django_assert_num_queries: Any
) -> None:
    LeadFactory.create(customer=member.customer)
    client.get(reverse("portal:lead_list"))
    with django_assert_num_queries(4):
        client.get(reverse("portal:lead_list"))
    with django_assert_num_queries(6):
        client.get(reverse("portal:lead_list"), {"search": "a"})
    LeadFactory.create_batch(5, customer=member.customer)
    with django_assert_num_queries(4):
        client.get(reverse("portal:lead_list"))
    with django_assert_num_queries(6):
        client.get(reverse("portal:lead_list"), {"search": "a"})


def test_what_speaks_against_an_address_is_told_in_words(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(
        customer=member.customer,
        address_check="risky",
        address_flags="system free_mail",
        next_action_at=None,
    )

    page = client.get(reverse("portal:lead_detail", args=[lead.pk]))

    assert page.context["flags"] == ["system", "free mail"]
    assert "This address is risky (system, free mail)" in page.content.decode()


def test_a_lead_shows_its_reason_evidence_and_history(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(
        customer=member.customer,
        reason="Fits <b>well</b>.",
        evidence=[{"text": "Two chairs.", "source": "https://x.com/", "at": ""}],
    )
    MessageFactory.create(
        lead=lead,
        status=MessageStatus.DRY_RUN,
        due_at=None,
        finished_at=NOON + timedelta(hours=1),
        subject="Hello",
    )

    answer = client.get(reverse("portal:lead_detail", args=[lead.pk]))

    assert [event.text for event in answer.context["timeline"]] == [
        "Written, not sent: Hello",
        "Added from test.",
    ]
    text = answer.content.decode()
    assert "Fits &lt;b&gt;well&lt;/b&gt;." in text
    assert "Two chairs." in text
    assert "DRY RUN" in text


def test_strangers_get_404_and_viewers_only_read(client: SiteClient, member: Membership) -> None:
    other = LeadFactory.create()
    mine = LeadFactory.create(customer=member.customer)
    before = list(Lead.objects.order_by("pk").values())

    assert client.get(reverse("portal:lead_detail", args=[other.pk])).status_code == 404
    for decision in DECISIONS:
        url = reverse("portal:lead_decide", args=[other.pk, decision])
        assert client.post(url).status_code == 404
    assert other.company not in client.get(reverse("portal:lead_list")).content.decode()
    Membership.objects.update(role=Role.VIEWER)
    assert client.get(reverse("portal:lead_detail", args=[mine.pk])).status_code == 200
    for decision in DECISIONS:
        url = reverse("portal:lead_decide", args=[mine.pk, decision])
        assert client.post(url).status_code == 403
    assert client.post(reverse("portal:lead_add"), {"company": "x"}).status_code == 403
    assert list(Lead.objects.order_by("pk").values()) == before
    assert not Suppression.objects.exists()


def test_the_export_is_safe_and_can_be_imported(client: SiteClient, member: Membership) -> None:
    LeadFactory.create(customer=member.customer, company="=1+1", email="a@one.com")
    LeadFactory.create(customer=member.customer, company="Two", email="b@two.com")
    LeadFactory.create(company="Stranger")

    answer: Any = client.get(reverse("portal:lead_export") + "?search=a@")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leads.csv"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    (row,) = csv.DictReader(StringIO(text))
    assert (row["company"], row["email"]) == ("'=1+1", "a@one.com")
    from agents.leads.columns import guess_mapping  # noqa: PLC0415 # next to its use
    from hossagent.lib.tables import Record  # noqa: PLC0415 # next to its use

    mapping = guess_mapping(Record(1, tuple(row)))
    assert {"email", "company", "contact_name", "reason", "timezone"} <= set(mapping.columns)
    assert "region" not in mapping.columns
