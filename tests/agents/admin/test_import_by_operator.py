"""An operator uploads a list for a customer: chosen, shown, imported, told, and on record."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEvent, Customer, User
from accounts.selectors.customers import customer_words, find_customers
from agents.leads.services.imports.jobs import import_next
from agents.leads.services.imports.uploads import read_next
from agents.models import ImportJob, Lead
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = b"Company,E-Mail\nCedar Clinic,ada@cedar.com\n=1+1,b@b.com\nBad,nobody\n"
NEW = "/admin/uploads/new/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def customer() -> Customer:
    chosen: Customer = MembershipFactory.create(customer__company="Northwind Agency").customer
    Subscription.objects.update(is_complimentary=True)
    return chosen


@pytest.fixture
def onlooker_client(operator_client: SiteClient) -> SiteClient:
    """An operator with no permission at all."""
    User.objects.filter(is_staff=True).update(is_superuser=False)
    return operator_client


def upload(client: SiteClient, customer: str, content: bytes = LIST, name: str = "list.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(NEW, {"customer": customer, "file": file})


def test_a_list_is_shown_then_imported_then_explained(
    operator_client: SiteClient, customer: Customer
) -> None:
    CustomerFactory.create(company="Southwind Agency")
    blank = operator_client.get(f"{NEW}?customer={customer.pk}").context["form"]

    answer = upload(operator_client, blank["customer"].value())
    job = ImportJob.objects.get()
    page = operator_client.get(answer.headers["Location"])

    assert answer.headers["Location"] == reverse("admin:agents_importjob_change", args=[job.pk])
    assert (job.customer, job.total, job.uploaded_by) == (customer, None, "hoss@hossagent.test")
    assert page.context["sample"][0] == [("Company", "Cedar Clinic"), ("E-Mail", "ada@cedar.com")]
    assert page.context["form"].initial == {"email": "1", "company": "0"}
    assert Lead.objects.count() == 0

    assert read_next(now=NOON)
    started = operator_client.post(answer.headers["Location"], page.context["form"].initial)
    assert started.headers["Location"] == answer.headers["Location"]
    running = operator_client.get(answer.headers["Location"]).content.decode()
    assert import_next(now=NOON)
    finished = operator_client.get(answer.headers["Location"]).content.decode()
    result: Any = operator_client.get(reverse("admin:upload_result", args=[job.pk]))
    told = list(csv.reader(StringIO(b"".join(result.streaming_content).decode("utf-8-sig"))))

    assert ('data-live="running"' in running, 'data-live="finished"' in finished) == (True, True)
    assert [(lead.customer, lead.email) for lead in Lead.objects.order_by("pk")] == [
        (customer, "ada@cedar.com"),
        (customer, "b@b.com"),
    ]
    assert [row[:3] for row in told] == [
        ["Company", "E-Mail", "outcome"],
        ["Cedar Clinic", "ada@cedar.com", "created"],
        ["'=1+1", "b@b.com", "created"],
        ["Bad", "nobody", "invalid"],
    ]
    event = AuditEvent.objects.get(action="leads.import")
    assert (event.actor, event.customer_id, event.after) == (
        *("hoss@hossagent.test", customer.pk),
        {"file": "list.csv", "rows": 3},
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("list.pdf", b"x", "Choose a CSV or XLSX file."),
        ("list.csv", b"\n\n", "The file is empty."),
        (
            "list.xlsx",
            b"not a zip",
            "The file is not a readable workbook. Save it as CSV or XLSX and try again.",
        ),
    ],
)
def test_an_unusable_file_is_told_and_the_customer_stays_typed(
    operator_client: SiteClient, customer: Customer, name: str, content: bytes, sentence: str
) -> None:
    page = upload(operator_client, "northwind", content, name)

    form = page.context["form"]
    assert (form.errors, form["customer"].value()) == ({"file": [sentence]}, "northwind")
    assert 'value="northwind"' in page.content.decode()
    assert not ImportJob.objects.exists()


def test_a_customer_that_is_not_clear_is_asked_for(
    operator_client: SiteClient, customer: Customer
) -> None:
    others = [CustomerFactory.create(company=f"North {n}") for n in range(5)]
    CustomerFactory.create(company="Nobody's", closed_at=NOON, autopilot=False)

    def said(words: str) -> list[str]:
        errors: list[str] = upload(operator_client, words).context["form"].errors["customer"]
        return errors

    named = ", ".join(customer_words(other) for other in others)
    assert said("north") == [f"Which one do you mean: {named} and others? Enter the number."]
    assert said("north ") == said("north")
    assert said("Nobody's") == ["No open customer matches this. Enter a number or a name."]
    assert said(" ") == ["This field is required."]
    two = (
        f"{customer_words(others[0])}, {customer_words(CustomerFactory.create(company='North 0'))}"
    )
    assert said("North 0") == [f"Which one do you mean: {two}? Enter the number."]
    assert not ImportJob.objects.exists()


def test_a_customer_is_found_by_number_address_and_name(customer: Customer) -> None:
    twin = CustomerFactory.create(company="Northwind Agency of Austin", email="ada@twin.example")

    found = {
        words: list(find_customers(words))
        for words in (f"#{twin.pk}", customer_words(customer), "ADA@twin.example", "northwind")
    }

    assert list(found.values()) == [[twin], [customer], [twin], [customer, twin]]
    assert list(find_customers("Northwind agency")) == [customer]
    assert list(find_customers("  ")) == []
    assert list(find_customers("#0")) == []


@pytest.mark.parametrize("number", ["", "0", "x", "9" * 30])
def test_an_address_that_names_no_customer_opens_the_empty_form(
    operator_client: SiteClient, number: str
) -> None:
    page = operator_client.get(NEW, {"customer": number})

    assert page.context["form"].initial == {"customer": ""}


def test_columns_must_make_sense_and_stay_chosen(
    operator_client: SiteClient, customer: Customer
) -> None:
    url = upload(operator_client, customer.email).headers["Location"]

    page = operator_client.post(url, {"company": "0", "phone": "0"})

    form = page.context["form"]
    assert form.errors == {
        "email": ["Choose the column that holds the email address or the website."],
        "phone": ["This column is already used for Company. Choose another one."],
    }
    assert form["phone"].value() == "0"
    assert read_next(now=NOON)
    assert not import_next(now=NOON)


def test_an_onlooker_sees_uploads_and_can_start_none(
    onlooker_client: SiteClient, customer: Customer
) -> None:
    right = Permission.objects.get(codename="add_importjob")
    operator = User.objects.get(is_staff=True)
    operator.user_permissions.add(right)
    url = upload(onlooker_client, customer.email).headers["Location"]
    assert read_next(now=NOON)
    job = ImportJob.objects.get()
    leads, jobs = (reverse(f"admin:agents_{model}_changelist") for model in ("lead", "importjob"))
    offered = [
        f'href="{NEW}"' in onlooker_client.get(page).content.decode() for page in (leads, jobs)
    ]
    operator.user_permissions.remove(right)

    withheld = [
        f'href="{NEW}"' in onlooker_client.get(page).content.decode() for page in (leads, jobs)
    ]
    looked = onlooker_client.get(url)
    acted = [
        onlooker_client.get(NEW).status_code,
        upload(onlooker_client, customer.email).status_code,
        onlooker_client.post(url, {"email": "1"}).status_code,
    ]

    assert (offered, withheld) == ([True, True], [False, False])
    assert (looked.status_code, "Import 3 rows" in looked.content.decode()) == (200, False)
    assert acted == [403, 403, 403]
    job.refresh_from_db()
    assert (job.due_at, ImportJob.objects.count()) == (None, 1)


def test_customers_and_strangers_come_to_the_sign_in(
    operator_client: SiteClient, client: SiteClient, customer: Customer
) -> None:
    url = upload(operator_client, customer.email).headers["Location"]
    job = ImportJob.objects.get()
    result = reverse("admin:upload_result", args=[job.pk])
    client.force_login(customer.memberships.get().user)

    answers = [client.get(page) for page in (NEW, url, result)]
    answers += [client.post(url, {"email": "1"}), upload(client, customer.email)]

    assert {answer.headers["Location"].partition("?")[0] for answer in answers} == {"/admin/login/"}
    job.refresh_from_db()
    assert (job.due_at, ImportJob.objects.count()) == (None, 1)


@pytest.mark.parametrize("number", ["0", "x", "9" * 30])
def test_an_upload_that_does_not_exist_is_not_found(
    operator_client: SiteClient, number: str
) -> None:
    assert operator_client.get(f"/admin/agents/importjob/{number}/change/").status_code == 404


def test_the_customers_page_leads_to_the_form(
    operator_client: SiteClient, customer: Customer
) -> None:
    url = reverse("admin:customer_action", args=[customer.pk, "upload-leads"])

    page = operator_client.post(url, follow=True)

    assert page.redirect_chain == [(f"{NEW}?customer={customer.pk}", 302)]
    assert page.context["form"].initial == {"customer": f"#{customer.pk} Northwind Agency"}
