"""A customer's own do-not-contact list: pasted or uploaded, and in force at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from accounts.models import AuditEvent
from agents.states import MessageStatus
from agents.suppression.forms import DoNotContactForm
from agents.suppression.selectors import is_suppressed
from agents.suppression.services.do_not_contact import import_do_not_contact, parse_list
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory

if TYPE_CHECKING:
    from agents.suppression.services.do_not_contact import ImportResult

pytestmark = pytest.mark.django_db

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
