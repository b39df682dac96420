"""The first page a customer sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import User
from agents.states import TaskStatus
from tests.conftest import NOON
from tests.factories import MembershipFactory, TaskFactory, UserFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client) -> User:
    user: User = MembershipFactory.create().user
    client.force_login(user)
    return user


def test_a_new_customer_is_told_what_will_appear(client: Client, owner: User) -> None:
    page = client.get("/portal/").content.decode()

    assert "As soon as your HossAgent starts working" in page


def test_finished_work_is_listed(client: Client, owner: User) -> None:
    customer = owner.memberships.get().customer
    TaskFactory.create(customer=customer, title="Still to do")
    TaskFactory.create(
        customer=customer,
        title="Market snapshot of Austin",
        status=TaskStatus.DONE,
        deliverable="# Text",
        finished_at=NOON,
        due_at=None,
    )

    page = client.get("/portal/").content.decode()

    assert "Market snapshot of Austin" in page
    assert "Still to do" not in page


def test_somebody_without_a_customer_gets_404(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert client.get("/portal/").status_code == 404


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/portal/").headers["Location"] == "/login?next=/portal/"
