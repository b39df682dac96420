"""Operators' second factor: asked for where it is set up, and each code works once."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.conftest import NOON
from tests.helpers.clients import SiteClient
from tests.helpers.operators import EMAIL, PASSWORD, code_of, enroll, enter_console

pytestmark = pytest.mark.django_db

PAGE = "/admin/password_change/"


@pytest.fixture
def operator() -> User:
    return User.objects.create_operator(email=EMAIL, password=PASSWORD, now=NOON)


def test_without_a_second_factor_the_password_is_enough(client: SiteClient, operator: User) -> None:
    assert enter_console(client).status_code == 302
    assert client.get(PAGE).status_code == 200


def test_with_one_the_password_alone_is_not(client: SiteClient, operator: User) -> None:
    enroll(operator)

    page = enter_console(client).content.decode()

    assert "Enter the code from your authenticator app" in page
    assert PASSWORD not in page
    assert client.get(PAGE).status_code == 302


def test_the_right_code_opens_the_console_and_only_once(client: SiteClient, operator: User) -> None:
    device, _ = enroll(operator)
    code = code_of(device)

    assert enter_console(client, code).status_code == 302
    assert client.get(PAGE).status_code == 200
    replay = SiteClient()
    enter_console(replay, code)
    assert replay.get(PAGE).status_code == 302


def test_a_recovery_code_works_once(client: SiteClient, operator: User) -> None:
    _, codes = enroll(operator)

    assert enter_console(client, codes[0]).status_code == 302
    again = SiteClient()
    enter_console(again, codes[0])
    assert again.get(PAGE).status_code == 302
    assert len(set(codes)) == 10


def test_a_wrong_code_is_refused_and_slows_down_the_next(
    client: SiteClient, operator: User
) -> None:
    device, _ = enroll(operator)

    wrong = f"{(int(code_of(device)) + 1) % 1_000_000:06d}"
    assert (
        "This code is wrong or was already used." in enter_console(client, wrong).content.decode()
    )
    assert "temporarily disabled" in enter_console(client, code_of(device)).content.decode()
    assert client.get(PAGE).status_code == 302


def test_somebody_elses_device_is_no_help(client: SiteClient, operator: User) -> None:
    enroll(operator)
    other = User.objects.create_operator(email="two@hossagent.test", password="x" * 20, now=NOON)
    theirs, _ = enroll(other)

    enter_console(client, code_of(theirs))

    assert client.get(PAGE).status_code == 302


def test_enrolling_shuts_out_sessions_that_have_not_passed_it(
    client: SiteClient, operator: User
) -> None:
    enter_console(client)
    enroll(operator)

    assert client.get(PAGE).status_code == 302


def test_one_time_password_seeds_are_not_shown_in_the_console(
    operator_client: SiteClient,
) -> None:
    assert operator_client.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert operator_client.get("/admin/socialaccount/socialapp/").status_code == 404
