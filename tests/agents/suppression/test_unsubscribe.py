"""One-click unsubscription by RFC 8058, the do-not-contact import, and the receipt."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils.datastructures import MultiValueDict

from accounts.models import AuditEvent
from agents.models import Conversation, DeliveryEvent, Lead, Message, Suppression
from agents.states import LeadStatus, MessageStatus
from agents.suppression.forms import DoNotContactForm
from agents.suppression.selectors import is_suppressed
from agents.suppression.services.do_not_contact import import_do_not_contact, parse_list
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import ConversationFactory, CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from agents.suppression.services.do_not_contact import ImportResult

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def strict() -> Client:
    """A mail program: no cookies, and the CSRF check would bite."""
    return Client(enforce_csrf_checks=True)


def url(conversation: Conversation) -> str:
    return f"/u/{conversation.token}/"


def test_looking_at_the_page_changes_nothing(strict: Client) -> None:
    conversation = ConversationFactory.create()

    for method in (strict.get, strict.head):
        answer = method(url(conversation))
        assert answer.status_code == 200

    assert Suppression.objects.count() == 0
    page = strict.get(url(conversation))
    assert b'<form method="post">' in page.content
    assert conversation.lead.email in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_one_post_without_cookies_stops_all_mail_for_ever(strict: Client, kind: str) -> None:
    conversation = ConversationFactory.create()
    lead = conversation.lead
    waiting = MessageFactory.create(lead=lead, status=MessageStatus.QUEUED)
    stranger = LeadFactory.create(email=lead.email)
    body = (
        b"List-Unsubscribe=One-Click"
        if kind == FORM
        else b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        b"One-Click\r\n--x--\r\n"
    )

    answers = [strict.post(url(conversation), body, content_type=kind) for _ in range(2)]

    # Answered directly: no redirect, no cookie, the same twice.
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any(answer.cookies for answer in answers)
    assert b"You are unsubscribed" in answers[0].content
    waiting.refresh_from_db()
    lead.refresh_from_db()
    stranger.refresh_from_db()
    conversation.refresh_from_db()
    assert waiting.status == MessageStatus.CANCELED
    assert lead.status == stranger.status == LeadStatus.UNSUBSCRIBED
    assert conversation.status == "closed"
    assert Suppression.objects.get().reason == "opt_out"
    assert DeliveryEvent.objects.get().kind == "unsubscribed"
    assert is_suppressed(customer=CustomerFactory.create(), email=lead.email)


def test_the_hash_alone_goes_on_protecting_an_erased_person(strict: Client) -> None:
    conversation = ConversationFactory.create()
    email = conversation.lead.email
    strict.post(url(conversation), b"List-Unsubscribe=One-Click", content_type=FORM)

    Suppression.objects.update(value="")
    Lead.objects.all().delete()

    assert is_suppressed(customer=CustomerFactory.create(), email=email.upper())


def test_a_token_is_taken_in_any_case_and_never_in_part(strict: Client) -> None:
    token = ConversationFactory.create().token
    changed = ("1" if token[0] == "0" else "0") + token[1:]

    for wrong in (token[:-1], token[1:], token + "0", changed, "%25", token.replace(token[3], "_")):
        assert strict.post(f"/u/{wrong}/").status_code == 404
    assert (Suppression.objects.count(), DeliveryEvent.objects.count()) == (0, 0)
    assert strict.post(f"/u/{token.upper()}/").status_code == 200
    assert Suppression.objects.count() == 1


def test_the_page_tells_nobody_its_address_and_takes_no_other_method(strict: Client) -> None:
    conversation = ConversationFactory.create()

    assert strict.get(url(conversation))["Referrer-Policy"] == "no-referrer"
    for method in (strict.put, strict.patch, strict.delete):
        assert method(url(conversation)).status_code == 405
    assert Suppression.objects.count() == 0


def test_an_opt_out_ends_a_conversation_that_a_person_has(strict: Client) -> None:
    conversation = ConversationFactory.create(status="human", is_awaiting_answer=True)

    strict.post(url(conversation), b"List-Unsubscribe=One-Click", content_type=FORM)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.is_awaiting_answer) == ("closed", False)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("x@mail.clinic.com", True),
        ("x@eu.mail.clinic.com", True),
        ("x@a.eu.mail.clinic.com", True),
        ("x@clinic.com", False),
        ("x@web.clinic.com", False),
        ("x@notmail.clinic.com", False),
    ],
)
def test_a_listed_domain_is_listed_with_all_below_it(email: str, *, expected: bool) -> None:
    """The leads that are there and the ones that come later alike."""
    lead = LeadFactory.create(email=email)

    suppress(kind="domain", value="mail.clinic.com", reason="manual", now=NOON)

    lead.refresh_from_db()
    assert (lead.status == LeadStatus.CLOSED) == expected
    assert is_suppressed(customer=lead.customer, email=email) == expected


@pytest.mark.parametrize("token", ["0" * 32, "x", "%F0%9F%92%A9"])
def test_a_link_that_is_not_ours_says_what_to_do(strict: Client, token: str) -> None:
    for method in (strict.get, strict.post):
        answer = method(f"/u/{token}/")
        assert answer.status_code == 404
        assert b"We do not recognize this link" in answer.content


# --- The customer's own list ----------------------------------------------------------

PASTED = """# people we know
Ada <ADA@Known.com>, bob@known.com; known.org
@Partner.de\tada@known.com
nonsense
two words@x.com
"""


def do_import(customer: Any, text: str) -> ImportResult:
    parsed = parse_list(text)
    return import_do_not_contact(
        customer=customer, entries=parsed.entries, invalid=parsed.invalid, by="o@a.test", now=NOON
    )


def test_a_pasted_list_is_read_entry_by_entry() -> None:
    parsed = parse_list(PASTED)

    assert [(kind.value, value) for kind, value in parsed.entries] == [
        ("address", "ada@known.com"),
        ("address", "bob@known.com"),
        ("domain", "known.org"),
        ("domain", "partner.de"),
    ]
    assert parsed.invalid == ["nonsense", "two words@x.com"]


def test_an_import_acts_at_once_and_only_for_this_customer() -> None:
    mine = LeadFactory.create(email="eva@sub.known.org")
    waiting = MessageFactory.create(lead=mine, status=MessageStatus.QUEUED)
    theirs = LeadFactory.create(email="eva@sub.known.org")

    first = do_import(mine.customer, PASTED)
    second = do_import(mine.customer, PASTED)

    assert (first.added, first.already, first.canceled_messages, first.closed_leads) == (4, 0, 1, 1)
    assert (second.added, second.already, second.closed_leads) == (0, 4, 0)
    assert first.invalid == ("nonsense", "two words@x.com")
    waiting.refresh_from_db()
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (waiting.status, mine.status, theirs.status) == ("canceled", "closed", "new")
    assert is_suppressed(customer=mine.customer, email="x@partner.de")
    assert not is_suppressed(customer=theirs.customer, email="x@partner.de")
    assert AuditEvent.objects.filter(action="do_not_contact.imported").count() == 2


def test_the_form_takes_text_and_files_and_says_what_is_wrong() -> None:
    file = SimpleUploadedFile("list.csv", "ümläut@firma.de\nacme.com\n".encode("latin-1"))
    form = DoNotContactForm({"entries": "ada@known.com"}, MultiValueDict({"file": [file]}))

    assert form.is_valid()
    assert [value for _, value in form.parsed.entries] == [
        "ada@known.com",
        "ümläut@firma.de",
        "acme.com",
    ]
    empty = DoNotContactForm({"entries": "nothing here"})
    assert not empty.is_valid()
    assert "Enter one per line" in empty.errors["entries"][0]
    assert empty["entries"].value() == "nothing here"


# --- The receipt ----------------------------------------------------------------------


def test_the_receipt_holds_the_evidence_for_one_recipient(strict: Client) -> None:
    conversation = ConversationFactory.create(lead__provenance={"file": "a.csv", "row": 3})
    lead = conversation.lead
    MessageFactory.create(lead=lead, status=MessageStatus.QUEUED)
    MessageFactory.create()
    strict.post(url(conversation), b"List-Unsubscribe=One-Click", content_type=FORM)

    out = StringIO()
    call_command("compliance_receipt", lead.email.upper(), stdout=out)

    receipt = json.loads(out.getvalue())
    assert receipt["address"] == lead.email
    assert [row["provenance"] for row in receipt["leads"]] == [{"file": "a.csv", "row": 3}]
    assert [(row["kind"], row["scope"], row["reason"]) for row in receipt["do_not_contact"]] == [
        ("address", "everybody", "opt_out")
    ]
    assert [row["status"] for row in receipt["messages"]] == ["canceled"]
    assert [row["kind"] for row in receipt["events"]] == ["unsubscribed"]
    assert Message.objects.count() == 2
