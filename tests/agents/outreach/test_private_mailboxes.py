"""A mailbox at a mail provider is a person's, not a company's: cold mail waits for a person,
and nobody is taken for a colleague because of it. Leads come in by the product's own path."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import Customer
from agents.leads.services.store import Candidate, store_leads
from agents.mailboxes.services.transports import get_transport
from agents.models import Lead, Message
from agents.outreach import gate
from agents.outreach.selectors.gather import get_send_facts
from agents.outreach.services.bizdev import run_bizdev
from agents.outreach.services.send import send_next
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.claim import claim
from agents.states import MessageMode, MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory, MessageFactory
from tests.fakes.mail import MailServer
from tests.helpers.live import make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port))
        yield running
        get_transport(MessageMode.LIVE).close()


def store(
    customer: Customer,
    email: str,
    *,
    company: str = "Acme",
    website: str = "",
    country: str = "US",
) -> Lead:
    """A lead as an upload, a search or a person's form stores it."""
    candidate = Candidate(
        company=company,
        contact_name="Grace Hopper",
        email=email,
        website=website,
        country=country,
    )
    result = store_leads(customer=customer, candidates=[candidate], source="t", now=NOON)
    lead: Lead = Lead.objects.get(pk__in=result.created)
    return lead


def run(customer: Customer, *, minutes: int = 0) -> dict[str, int]:
    loaded = Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)
    return run_bizdev(customer=loaded, now=NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("email", "website", "country"),
    [
        ("grace@gmail.com", "", "US"),
        ("Grace@GMail.com", "", "US"),
        ("grace@web.de", "", "GB"),
        ("grace@freenet.de", "", "US"),
        # The company's own site makes no company's mailbox of it.
        ("grace@gmail.com", "https://acme.com/", "US"),
        ("grace@kunden.web.de", "", "US"),
    ],
)
def test_real_mail_to_a_private_mailbox_waits_for_a_person(
    server: MailServer, email: str, website: str, country: str
) -> None:
    customer = make_live_customer()
    store(customer, email, website=website, country=country)

    run(customer)

    message = Message.objects.get()
    domain = email.rpartition("@")[2].lower()
    assert (message.status, message.held_code, server.letters) == ("queued", "region", [])
    assert message.held_reason == (
        f"The email to Grace Hopper at Acme is waiting for a person: {domain} is a personal "
        "mailbox, and cold email goes only to companies."
    )


def test_real_mail_to_a_company_s_mailbox_leaves(server: MailServer) -> None:
    customer = make_live_customer()
    store(customer, "grace@acme.com")

    run(customer)

    assert Message.objects.get().status == MessageStatus.SENT
    assert len(server.letters) == 1


def test_waiting_private_mailboxes_keep_no_company_from_its_turn(
    configure: Callable[..., None],
) -> None:
    """More of them than may wait in the queue: what waits for a person waits for no turn."""
    configure(**smtp_config(25), MAX_EMAILS_PER_CYCLE=2)
    customer = make_live_customer()
    for n in range(5):
        store(customer, f"grace{n}@gmail.com", company=f"Acme {n}")
    for minutes in range(4):
        run(customer, minutes=minutes)
    company = store(customer, "grace@acme.com")

    run(customer, minutes=4)

    assert Message.objects.filter(held_code="region").count() == 5
    assert Message.objects.filter(lead=company).exists()


def test_two_people_at_one_provider_are_no_colleagues() -> None:
    customer = CustomerFactory.create()
    first, second = (store(customer, f"{name}@gmail.com", company=name) for name in ("ada", "bob"))
    Lead.objects.filter(pk=first.pk).update(replied_at=NOON)
    # A list that did not know the provider yet took it for the company's own domain.
    old = store(customer, "eva@gmail.com", company="eva")
    Lead.objects.filter(pk__in=[first.pk, old.pk]).update(domain="gmail.com")
    mails = [
        MessageFactory.create(lead=lead, status=MessageStatus.QUEUED) for lead in (second, old)
    ]

    while send_next(now=NOON):
        pass

    assert [Message.objects.get(pk=mail.pk).status for mail in mails] == ["dry_run", "dry_run"]


def test_colleague_is_told_by_the_companys_site_not_the_provider() -> None:
    customer = CustomerFactory.create()
    first, second = (
        store(customer, f"{name}@gmail.com", company=name, website="https://acme.com/")
        for name in ("ada", "bob")
    )
    Lead.objects.filter(pk=first.pk).update(replied_at=NOON)
    mail = MessageFactory.create(lead=second, status=MessageStatus.QUEUED)

    send_next(now=NOON)

    mail.refresh_from_db()
    assert (mail.status, mail.held_code) == ("canceled", "company_replied")


@pytest.fixture
def any_mailbox(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Real mail may leave, to private mailboxes too."""
    configure(**smtp_config(25))
    kept = tuple(check for check in gate.CHECKS if check.__name__ != "_region")
    monkeypatch.setattr(gate, "CHECKS", kept)


def leave(*leads: Lead) -> list[str]:
    """A mail to each is begun in one batch; what holds each, "" when it is on its way."""
    mails = [make_live_message(lead.customer, lead=lead) for lead in leads]
    begin(claim(now=NOON, limit=len(mails)), now=NOON)
    return [Message.objects.get(pk=mail.pk).held_code for mail in mails]


def facts_of(lead: Lead, *, minutes: int) -> gate.SendFacts:
    """What the gate knows about a mail to `lead` so many minutes later."""
    message = make_live_message(lead.customer, lead=lead)
    now = NOON + timedelta(minutes=minutes)
    return get_send_facts(messages=[message], now=now, problems={})[message.pk]


@pytest.mark.usefixtures("any_mailbox")
def test_pause_is_between_mails_to_a_company_not_to_a_provider() -> None:
    """A provider takes mail from everybody all the time; a company's server is asked gently,
    whichever site its people name."""
    customer = make_live_customer()
    ada, bob = (store(customer, f"{name}@gmail.com", company=name) for name in ("ada", "bob"))
    eva = store(customer, "eva@acme.com", company="One")
    max_ = store(customer, "max@acme.com", company="Two")
    ina = store(customer, "ina@gmail.com", company="Three", website="https://acme.com/")

    assert leave(ada, bob, eva, max_, ina) == ["", "", "", "domain_gap", ""]

    domains = Message.objects.filter(status="sending").order_by("pk")
    assert list(domains.values_list("recipient_domain", flat=True)) == [
        "gmail.com",
        "gmail.com",
        "acme.com",
        "gmail.com",
    ]
    kim = store(customer, "kim@gmail.com", company="Four")
    tom = store(customer, "tom@acme.com", company="Five")
    assert facts_of(kim, minutes=1).recipient.domain_gap_until is None
    assert facts_of(tom, minutes=1).recipient.domain_gap_until == NOON + timedelta(minutes=2)


@pytest.mark.usefixtures("any_mailbox")
@pytest.mark.parametrize(
    ("email", "theirs", "ours"),
    [
        ("pat@gmail.com", "", ""),
        ("pat@gmail.com", "https://acme.com/", "https://pat.com/"),
    ],
)
def test_mail_with_open_outcome_counts_for_the_person(email: str, theirs: str, ours: str) -> None:
    """Nobody knows whether it left, so its lead does not say so; another customer waits."""
    other, customer = make_live_customer(), make_live_customer()
    written_to = store(other, email, website=theirs)
    assert leave(written_to) == [""]
    Message.objects.filter(lead=written_to).move(
        source=MessageStatus.SENDING, target=MessageStatus.UNKNOWN, due_at=None
    )

    facts = facts_of(store(customer, email, website=ours), minutes=60)

    assert facts.recipient.contacted_by_other_at == NOON
