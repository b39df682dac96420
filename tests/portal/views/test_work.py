"""Work pages: the customer's own documents, readable, downloadable, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.states import Role
from agents.states import TaskStatus
from tests.conftest import NOON
from tests.factories import MembershipFactory, TaskFactory, UserFactory

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Customer
    from agents.models import Task

pytestmark = pytest.mark.django_db

TEXT = (
    "# Prospect brief\n\n| Company | Acme |\n| --- | --- |\n| Place | Austin |\n\n"
    "<script>x</script>\n"
)


@pytest.fixture
def customer(client: Client) -> Customer:
    membership = MembershipFactory.create()
    client.force_login(membership.user)
    return membership.customer


def done(customer: Customer, **values: Any) -> Task:
    return TaskFactory.create(
        **{
            "customer": customer,
            "title": "Prospect brief: Acme & Söhne",
            "status": TaskStatus.DONE,
            "deliverable": TEXT,
            "written_by": "templates",
            "finished_at": NOON,
            "due_at": None,
            "reward_cents": 1_577,
            "cost_micros": 31_337,
            **values,
        }
    )


def test_a_document_is_shown_as_a_page_and_cannot_act(client: Client, customer: Customer) -> None:
    task = done(customer)

    page = client.get(f"/portal/work/{task.pk}/").content.decode()

    assert "<h1>Prospect brief</h1>" in page
    assert "<td>Austin</td>" in page
    assert "<script>x" not in page
    assert "written by templates" in page
    assert "15.77" not in page
    assert "31337" not in page


def test_a_document_is_downloaded_as_the_file_it_is(client: Client, customer: Customer) -> None:
    task = done(customer)

    response = client.get(f"/portal/work/{task.pk}/download/")

    assert response.content.decode() == TEXT
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert (
        response.headers["Content-Disposition"]
        == 'attachment; filename="prospect-brief-acme-sohne.md"'
    )


@pytest.mark.parametrize(
    ("status", "values", "words"),
    [
        ("pending", {}, "Your HossAgent writes it in the next run"),
        (
            "pending",
            {"held_reason": "You have used all your trial's tasks."},
            "You have used all your trial's tasks.",
        ),
        ("running", {}, "is writing this right now"),
        (
            "failed",
            {"due_at": None, "error": "Traceback: secret"},
            "This task failed after several tries.",
        ),
    ],
)
def test_unfinished_work_says_where_it_stands(
    status: str, values: dict[str, Any], words: str, client: Client, customer: Customer
) -> None:
    task = TaskFactory.create(customer=customer, status=status, **values)

    page = client.get(f"/portal/work/{task.pk}/").content.decode()

    assert words in page.replace("&#x27;", "'")
    assert "secret" not in page
    assert client.get(f"/portal/work/{task.pk}/download/").status_code == 404


def test_the_list_can_be_narrowed(client: Client, customer: Customer) -> None:
    done(customer, title="The finished one")
    TaskFactory.create(customer=customer, title="The open one")

    def shown(query: str) -> tuple[bool, bool]:
        page = client.get(f"/portal/work/{query}").content.decode()
        return "The finished one" in page, "The open one" in page

    assert shown("") == (True, True)
    assert shown("?status=done") == (True, False)
    assert shown("?status=open") == (False, True)
    assert shown("?status=failed") == (False, False)
    assert shown("?status=nonsense&page=99") == (True, True)


def test_an_empty_list_says_what_will_come(client: Client, customer: Customer) -> None:
    assert "No work yet." in client.get("/portal/work/").content.decode()


@pytest.mark.parametrize("path", ["", "download/"])
def test_strangers_get_404_and_viewers_may_read(
    path: str, client: Client, customer: Customer
) -> None:
    task = done(customer)
    address = f"/portal/work/{task.pk}/{path}"

    client.force_login(MembershipFactory.create().user)
    assert client.get(address).status_code == 404
    client.force_login(UserFactory.create())
    assert client.get(address).status_code == 404
    client.force_login(MembershipFactory.create(customer=customer, role=Role.VIEWER).user)
    assert client.get(address).status_code == 200
    assert client.post(address).status_code in {403, 405}
    client.logout()
    assert client.get(address).status_code == 302


def test_the_list_costs_the_same_for_one_and_for_many(
    client: Client, customer: Customer, django_assert_max_num_queries: Any
) -> None:
    done(customer)
    client.get("/portal/work/")
    counts: list[int] = []
    for extra in (0, 20):
        for _ in range(extra):
            done(customer)
        with django_assert_max_num_queries(30) as queries:
            client.get("/portal/work/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
