"""One-click unsubscription by RFC 8058, and the receipt that proves it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from agents.models import Conversation, DeliveryEvent, Lead, Message, Suppression
from agents.states import LeadStatus, MessageStatus
from agents.suppression.selectors import is_suppressed
from tests.factories import ConversationFactory, CustomerFactory, LeadFactory, MessageFactory

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


def test_the_page_tells_nobody_its_address(strict: Client) -> None:
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


@pytest.mark.parametrize("token", ["0" * 32, "x", "%F0%9F%92%A9"])
def test_a_link_that_is_not_ours_says_what_to_do(strict: Client, token: str) -> None:
    for method in (strict.get, strict.post):
        answer = method(f"/u/{token}/")
        assert answer.status_code == 404
        assert b"We do not recognize this link" in answer.content


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
