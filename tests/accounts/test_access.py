"""Viewers read, members work, owners pay; strangers and wrong customers get 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from accounts import access
from accounts.states import Role
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory, UserFactory

if TYPE_CHECKING:
    from django.http import HttpRequest

pytestmark = pytest.mark.django_db


def ask(user: object, method: str = "GET", **session: object) -> HttpRequest:
    request = RequestFactory().generic(method, "/portal")
    request.user = user  # type: ignore[assignment] # a bare request
    request.session = session  # type: ignore[assignment] # a bare request
    return request


@pytest.mark.parametrize(
    ("role", "method", "needed", "allowed"),
    [
        (Role.VIEWER, "GET", None, True),
        (Role.VIEWER, "POST", None, False),
        (Role.VIEWER, "GET", Role.MEMBER, False),
        (Role.MEMBER, "GET", None, True),
        (Role.MEMBER, "POST", None, True),
        (Role.MEMBER, "POST", Role.OWNER, False),
        (Role.MEMBER, "GET", Role.OWNER, False),
        (Role.OWNER, "POST", Role.OWNER, True),
        (Role.OWNER, "POST", None, True),
    ],
)
def test_what_each_role_may_do(
    role: Role, method: str, needed: Role | None, *, allowed: bool
) -> None:
    membership = MembershipFactory.create(role=role)
    request = ask(membership.user, method)

    if allowed:
        assert access.get_customer(request, role=needed) == membership.customer
    else:
        with pytest.raises(PermissionDenied):
            access.get_customer(request, role=needed)


def test_a_stranger_and_an_operator_get_404() -> None:
    CustomerFactory.create()
    operator = MembershipFactory.create(user=UserFactory.create(is_staff=True)).user

    for user in (AnonymousUser(), UserFactory.create(), operator):
        with pytest.raises(Http404):
            access.get_customer(ask(user))


def test_a_closed_customer_is_gone() -> None:
    closed = CustomerFactory.create(closed_at=NOON, autopilot=False)
    member = MembershipFactory.create(customer=closed).user

    with pytest.raises(Http404):
        access.get_customer(ask(member))
    with pytest.raises(Http404):
        access.get_previewed_customer(closed.public_token)


def test_a_person_switches_between_own_customers_only() -> None:
    first = MembershipFactory.create()
    second = MembershipFactory.create(user=first.user)
    foreign = CustomerFactory.create()
    request = ask(first.user)

    assert access.get_customer(request) == first.customer
    assert access.switch_customer(request, customer_id=second.customer_id) == second.customer
    assert access.get_customer(request) == second.customer
    with pytest.raises(Http404):
        access.switch_customer(request, customer_id=foreign.pk)
    assert access.get_customer(request) == second.customer


def test_a_session_that_names_a_foreign_customer_is_ignored() -> None:
    membership = MembershipFactory.create()
    foreign = CustomerFactory.create()

    request = ask(membership.user, customer_id=foreign.pk)

    assert access.get_customer(request) == membership.customer


def test_subscription_and_profile_come_loaded_in_one_query(
    django_assert_num_queries: object,
) -> None:
    request = ask(MembershipFactory.create().user)

    with django_assert_num_queries(1):  # type: ignore[operator] # a pytest-django fixture
        customer = access.get_customer(request)
        assert customer.subscription.pk == customer.profile.pk
        access.get_customer(request)


def test_a_decorated_view_asks_for_the_role_whatever_the_method() -> None:
    @access.require_role(Role.OWNER)
    def close(request: HttpRequest) -> HttpResponse:
        return HttpResponse("closed")

    owner = MembershipFactory.create(role=Role.OWNER).user
    member = MembershipFactory.create(role=Role.MEMBER).user

    assert close(ask(owner)).content == b"closed"
    with pytest.raises(PermissionDenied):
        close(ask(member))
    assert close(ask(AnonymousUser())).status_code == 302
