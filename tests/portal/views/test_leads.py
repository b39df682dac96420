"""The lead pages: filtered, paged by key, decided upon, exported; strangers see nothing."""

from __future__ import annotations

import csv
import html
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership
from accounts.states import Role
from agents.leads.selectors import leads as selectors
from agents.leads.services.leads import close_lead, never_contact
from agents.leads.services.qualify import qualify_lead
from agents.models import Lead, Message, Suppression
from agents.states import (
    LeadStatus,
    MessageMode,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from agents.suppression.services.suppress import suppress
from billing.models import Subscription
from portal.views import leads
from tests.conftest import NOON
from tests.factories import LeadFactory, MembershipFactory, MessageFactory, TaskFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def member(client: SiteClient) -> Membership:
    membership: Membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership


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


@pytest.mark.parametrize(
    ("decision", "status", "action"),
    [
        ("qualify", LeadStatus.QUALIFIED, "lead.qualified"),
        ("close", LeadStatus.CLOSED, "lead.not_a_fit"),
    ],
)
def test_a_decision_moves_the_lead_and_stops_its_sequence(
    client: SiteClient, member: Membership, decision: str, status: str, action: str
) -> None:
    lead = LeadFactory.create(customer=member.customer)
    MessageFactory.create(lead=lead)

    url = reverse("portal:lead_decide", args=[lead.pk, decision])
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302

    lead.refresh_from_db()
    assert lead.status == status
    assert Message.objects.get().status == MessageStatus.CANCELED
    event = AuditEvent.objects.get(action=action)
    assert (event.actor, event.customer_id) == (member.user.email, member.customer.pk)
    assert Suppression.objects.count() == 0
    assert client.post(reverse("portal:lead_decide", args=[lead.pk, "close"])).status_code == 302
    assert client.post(reverse("portal:lead_decide", args=[lead.pk, "x"])).status_code == 404


def test_an_address_is_blocked_only_after_the_question(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer, email="grace@northgate.com")
    MessageFactory.create(lead=lead)
    url = reverse("portal:lead_block", args=[lead.pk])

    asked = client.get(url).content.decode()

    assert "Never email grace@northgate.com again?" in asked
    assert not Suppression.objects.exists()
    assert client.post(url).headers["Location"] == reverse("portal:lead_detail", args=[lead.pk])
    lead.refresh_from_db()
    assert lead.status == LeadStatus.CLOSED
    assert Message.objects.get().status == MessageStatus.CANCELED
    (entry,) = Suppression.objects.all()
    assert (entry.value, entry.customer_id) == ("grace@northgate.com", member.customer.pk)
    event = AuditEvent.objects.get(action="lead.never_contact")
    assert (event.actor, event.customer_id) == (member.user.email, member.customer.pk)
    shown = client.get(reverse("portal:lead_detail", args=[lead.pk]))
    assert [event.text for event in shown.context["timeline"]] == [
        "Added to the do-not-contact list.",
        f"Canceled: {Message.objects.get().subject}",
        "Added from test.",
    ]
    assert shown.context["may_block"] is False
    assert "This address is on the do-not-contact list" in shown.content.decode()


def test_without_an_address_there_is_nobody_to_block(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer, email="", website="https://northgate.com/")

    answer = client.post(reverse("portal:lead_block", args=[lead.pk]), follow=True)

    assert "This lead has no email address to add to the list." in answer.content.decode()
    assert not Suppression.objects.exists()


CORRECTED = {
    "company": "Northgate Dental",
    "email": "grace@northgate.com",
    "contact_name": "Grace Hopper",
    "reason": "Two chairs.",
}


def correct(client: SiteClient, lead: Lead, **changes: str) -> Any:
    url = reverse("portal:lead_correct", args=[lead.pk])
    return client.post(url, {**CORRECTED, **changes})


@pytest.mark.parametrize(
    "state",
    [
        {"address_check": "risky"},
        {"status": LeadStatus.INVALID, "address_check": "undeliverable"},
        {"status": LeadStatus.BOUNCED},
        {"status": LeadStatus.CONTACTED, "last_contacted_at": NOON},
    ],
)
def test_a_corrected_lead_takes_the_place_of_the_old_one(
    client: SiteClient, member: Membership, state: dict[str, Any]
) -> None:
    """Of the same company, whose second entry would be refused as a repetition."""
    old = LeadFactory.create(
        customer=member.customer,
        company="Northgate Dental",
        email="info@northgate.com",
        evidence=[{"text": "Two chairs.", "source": "https://northgate.com/", "at": "2026"}],
        next_action_at=None,
        **state,
    )
    MessageFactory.create(lead=old)
    asked = client.get(reverse("portal:lead_correct", args=[old.pk]))
    assert asked.context["form"]["email"].value() == "info@northgate.com"

    answer = correct(client, old)

    old.refresh_from_db()
    new = Lead.objects.get(status=LeadStatus.NEW)
    assert answer.headers["Location"] == reverse("portal:lead_detail", args=[new.pk])
    assert (old.status, old.email) == (LeadStatus.INVALID, "info@northgate.com")
    assert (new.email, new.contact_name) == ("grace@northgate.com", "Grace Hopper")
    assert (new.customer_id, new.evidence) == (member.customer.pk, old.evidence)
    assert new.next_action_at is not None
    assert Message.objects.get().status == MessageStatus.CANCELED
    page = client.get(reverse("portal:lead_detail", args=[old.pk]))
    assert ("Corrected. A new lead has replaced it.", answer.headers["Location"]) in [
        (event.text, event.url) for event in page.context["timeline"]
    ]
    # Pressed twice, it leads to the same new entry.
    assert correct(client, old).headers["Location"] == answer.headers["Location"]
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "grace@"}, "is not an email address"),
        ({"email": "stop@northgate.com"}, "is on the do-not-contact list"),
        ({"email": "info@northgate.com"}, "We have already emailed info@northgate.com,"),
        ({"email": " INFO@northgate.com "}, "have already emailed"),
    ],
)
def test_a_correction_that_does_not_pass_changes_nothing(
    client: SiteClient, member: Membership, changes: dict[str, str], sentence: str
) -> None:
    suppress(kind="address", value="stop@northgate.com", reason="manual", now=NOON)
    old = LeadFactory.create(
        customer=member.customer,
        company="Northgate Dental",
        email="info@northgate.com",
        status=LeadStatus.CONTACTED,
        last_contacted_at=NOON,
    )
    MessageFactory.create(
        lead=old,
        mode=MessageMode.LIVE,
        status=MessageStatus.SENT,
        message_id="<1@agency.com>",
        sending_at=NOON,
        finished_at=NOON,
        due_at=None,
    )
    waiting = MessageFactory.create(lead=old, step=1)
    before = Lead.objects.values().get()

    answer = correct(client, old, **changes)

    assert answer.status_code == 200
    assert sentence in html.unescape(answer.content.decode())
    assert answer.context["form"]["contact_name"].value() == "Grace Hopper"
    assert Lead.objects.values().get() == before
    waiting.refresh_from_db()
    assert waiting.status == MessageStatus.PLANNED
    assert not AuditEvent.objects.filter(action="lead.corrected").exists()


@pytest.mark.parametrize(
    ("state", "is_corrected"),
    [
        ({}, True),
        ({"status": LeadStatus.INVALID, "next_action_at": None}, False),
        ({"status": LeadStatus.CONTACTED, "last_contacted_at": NOON}, False),
    ],
)
def test_with_the_allowance_used_up_only_a_lead_without_mail_is_corrected(
    client: SiteClient, member: Membership, state: dict[str, Any], *, is_corrected: bool
) -> None:
    old = LeadFactory.create(customer=member.customer, **state)
    Subscription.objects.update(leads_used=20)

    correct(client, old)

    assert Subscription.objects.get().leads_used == 20
    assert Lead.objects.exclude(pk=old.pk).exists() is is_corrected


def test_a_lead_with_mail_is_corrected_at_the_price_of_a_new_one(
    client: SiteClient, member: Membership
) -> None:
    old = LeadFactory.create(customer=member.customer)
    MessageFactory.create(lead=old, status=MessageStatus.DRY_RUN, due_at=None, finished_at=NOON)
    Subscription.objects.update(leads_used=5)

    correct(client, old)

    assert (Subscription.objects.get().leads_used, Lead.objects.count()) == (6, 2)


def test_a_correction_that_changes_nothing_uses_up_no_lead(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer)
    url = reverse("portal:lead_correct", args=[lead.pk])
    as_it_is = {name: field.value() for name, field in _fields(client.get(url)).items()}

    answer = client.post(url, as_it_is)

    assert answer.status_code == 200
    assert "You have not changed anything yet." in answer.content.decode()
    assert Lead.objects.get().status == LeadStatus.NEW


def _fields(answer: Any) -> dict[str, Any]:
    return {field.name: field for field in answer.context["form"]}


@pytest.mark.parametrize(
    "status", [LeadStatus.REPLIED, LeadStatus.QUALIFIED, LeadStatus.UNSUBSCRIBED, LeadStatus.CLOSED]
)
def test_a_lead_that_answered_or_is_closed_stays_as_it_is(
    client: SiteClient, member: Membership, status: str
) -> None:
    old = LeadFactory.create(
        customer=member.customer,
        status=status,
        next_action_at=None,
        qualified_at=NOON if status == LeadStatus.QUALIFIED else None,
    )

    answer = correct(client, old)

    assert answer.headers["Location"] == reverse("portal:lead_detail", args=[old.pk])
    assert Lead.objects.get().status == status
    page = client.get(reverse("portal:lead_detail", args=[old.pk]))
    assert page.context["may_correct"] is False
    assert "so you cannot correct it" in page.content.decode()


def decide(client: SiteClient, lead: Lead, decision: str) -> str:
    """What the page says after the decision."""
    url = reverse("portal:lead_decide", args=[lead.pk, decision])
    (message,) = client.post(url, follow=True).context["messages"]
    return str(message)


def test_a_block_is_the_customers_own(client: SiteClient, member: Membership) -> None:
    lead = LeadFactory.create(customer=member.customer, email="ada@acme.com")
    same = MessageFactory.create(lead=LeadFactory.create(email="ada@acme.com"))

    client.post(reverse("portal:lead_block", args=[lead.pk]))

    listed = Suppression.objects.get()
    assert (listed.customer, listed.kind, listed.value, listed.reason) == (
        *(member.customer, SuppressionKind.ADDRESS, "ada@acme.com", SuppressionReason.MANUAL),
    )
    same.refresh_from_db()
    assert (same.status, same.lead.status) == (MessageStatus.PLANNED, LeadStatus.NEW)


def test_a_qualified_lead_calls_the_agents(client: SiteClient, member: Membership) -> None:
    Customer.objects.update(next_run_at=NOON + timedelta(days=1))
    lead = LeadFactory.create(customer=member.customer)

    assert decide(client, lead, "qualify") == (
        "Qualified. The sequence has stopped, and follow-up work starts within minutes."
    )

    lead.refresh_from_db()
    assert lead.qualified_at == NOON
    assert Customer.objects.get(pk=member.customer.pk).next_run_at == NOON


_OVER = {"next_action_at": None}
_SITE_ONLY = {"email": "", "website": "https://northgate.com/"}
_NO_MORE = "This lead cannot be qualified. It is already qualified, invalid or unsubscribed."
_OVER_ALREADY = "This lead cannot be closed. Outreach to it has already ended."


@pytest.mark.parametrize(
    ("decision", "fields", "sentence"),
    [
        ("qualify", {"status": LeadStatus.UNSUBSCRIBED}, _NO_MORE),
        ("qualify", {"status": LeadStatus.INVALID}, _NO_MORE),
        ("qualify", {"status": LeadStatus.QUALIFIED, "qualified_at": NOON}, _NO_MORE),
        ("close", {"status": LeadStatus.CLOSED}, _OVER_ALREADY),
        ("close", {"status": LeadStatus.UNSUBSCRIBED}, _OVER_ALREADY),
        (
            "close",
            {"status": LeadStatus.CONVERTED, "qualified_at": NOON},
            _OVER_ALREADY,
        ),
    ],
)
def test_a_decision_that_cannot_be_is_told_and_changes_nothing(
    client: SiteClient,
    member: Membership,
    decision: str,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    lead = LeadFactory.create(customer=member.customer, **{**_OVER, **fields})
    message = MessageFactory.create(lead=lead)
    before = Lead.objects.values().get()

    assert decide(client, lead, decision) == sentence

    assert Lead.objects.values().get() == before
    assert not AuditEvent.objects.filter(action__startswith="lead.").exists()
    assert not Suppression.objects.exists()
    message.refresh_from_db()
    is_engagement = lead.status == LeadStatus.CONVERTED
    if decision != "close" or is_engagement:
        assert message.status == MessageStatus.PLANNED


@pytest.mark.parametrize("decide_on", [close_lead, qualify_lead])
def test_a_decision_is_about_the_lead_as_it_is_now(
    member: Membership, decide_on: Callable[..., bool]
) -> None:
    stale = LeadFactory.create(customer=member.customer)
    message = MessageFactory.create(lead=stale)
    Lead.objects.filter(pk=stale.pk).move(
        source=LeadStatus.NEW, target=LeadStatus.QUALIFIED, qualified_at=NOON, next_action_at=None
    )
    Lead.objects.filter(pk=stale.pk).move(source=LeadStatus.QUALIFIED, target=LeadStatus.CONVERTED)

    assert not decide_on(lead=stale, now=NOON, by="a person")

    message.refresh_from_db()
    assert (stale.status, message.status) == (LeadStatus.CONVERTED, MessageStatus.PLANNED)


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({}, {"qualify", "close", "correct", "block"}),
        ({**_SITE_ONLY, **_OVER}, {"qualify", "close", "correct"}),
        ({"status": LeadStatus.CLOSED, **_OVER}, {"qualify", "block"}),
        ({"status": LeadStatus.QUALIFIED, "qualified_at": NOON, **_OVER}, {"close", "block"}),
        ({"status": LeadStatus.CONVERTED, "qualified_at": NOON, **_OVER}, {"block"}),
        ({"status": LeadStatus.UNSUBSCRIBED, **_SITE_ONLY, **_OVER}, set()),
    ],
)
def test_only_decisions_that_can_be_are_offered(
    client: SiteClient, member: Membership, fields: dict[str, Any], offered: set[str]
) -> None:
    lead = LeadFactory.create(customer=member.customer, **fields)

    page = client.get(reverse("portal:lead_detail", args=[lead.pk])).content.decode()

    buttons = {
        name: f'action="{reverse("portal:lead_decide", args=[lead.pk, name])}"'
        for name in leads.DECISIONS
    } | {
        "correct": f'href="{reverse("portal:lead_correct", args=[lead.pk])}"',
        "block": f'href="{reverse("portal:lead_block", args=[lead.pk])}"',
    }
    assert {name for name, button in buttons.items() if button in page} == offered


def test_strangers_get_404_and_viewers_only_read(client: SiteClient, member: Membership) -> None:
    other = LeadFactory.create()
    mine = LeadFactory.create(customer=member.customer)
    before = list(Lead.objects.order_by("pk").values())

    assert client.get(reverse("portal:lead_detail", args=[other.pk])).status_code == 404
    for decision in leads.DECISIONS:
        url = reverse("portal:lead_decide", args=[other.pk, decision])
        assert client.post(url).status_code == 404
    assert other.company not in client.get(reverse("portal:lead_list")).content.decode()
    Membership.objects.update(role=Role.VIEWER)
    assert client.get(reverse("portal:lead_detail", args=[mine.pk])).status_code == 200
    for decision in leads.DECISIONS:
        url = reverse("portal:lead_decide", args=[mine.pk, decision])
        assert client.post(url).status_code == 403
    assert client.post(reverse("portal:lead_add"), {"company": "x"}).status_code == 403
    assert list(Lead.objects.order_by("pk").values()) == before
    assert not Suppression.objects.exists()


def test_a_lead_is_added_by_hand_once(client: SiteClient, member: Membership) -> None:
    data = {"company": "Acme", "email": "ada@acme.com", "reason": "Met at the fair."}
    Customer.objects.update(next_run_at=NOON + timedelta(days=1))

    first = client.post(reverse("portal:lead_add"), data)
    second = client.post(reverse("portal:lead_add"), data)

    lead = Lead.objects.get()
    assert (lead.source, lead.reason) == ("by_hand", "Met at the fair.")
    assert first.headers["Location"] == second.headers["Location"]
    assert AuditEvent.objects.filter(action="lead.added").count() == 1
    assert Customer.objects.get().next_run_at == NOON
    assert lead.provenance == {"by": member.user.email}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"company": "Acme", "reason": "x"}, "Enter an email address or a website."),
        ({"company": "Acme", "email": "ada@", "reason": "x"}, "is not an email address"),
        ({"company": "Acme", "email": "ada@acme.com"}, "Enter why this lead fits."),
    ],
)
def test_a_wrong_lead_is_told_and_kept_in_the_form(
    client: SiteClient, member: Membership, data: dict[str, str], sentence: str
) -> None:
    answer = client.post(reverse("portal:lead_add"), data)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert answer.context["form"]["company"].value() == "Acme"
    assert not Lead.objects.exists()


def test_a_lead_that_may_not_be_added_says_why_at_its_field(
    client: SiteClient, member: Membership
) -> None:
    def errors(**data: str) -> dict[str, list[str]]:
        given = {"company": "Acme", "reason": "x", **data}
        return dict(client.post(reverse("portal:lead_add"), given).context["form"].errors)

    never_contact(
        lead=LeadFactory.create(customer=member.customer, email="ada@acme.com"), now=NOON, by="me"
    )
    refused = ["ada@acme.com is on the do-not-contact list (manual)."]
    assert errors(email="ada@acme.com") == {"email": refused}
    assert errors(website="acme") == {
        "website": ["There is no email address and no website. Enter at least one of them."]
    }
    Subscription.objects.update(leads_used=20)
    assert errors(email="eva@new.com") == {
        "__all__": ["Your plan's lead allowance is used up. Upgrade to add more."]
    }


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
