"""Operators: password, one-time codes, recovery codes, and what they may look at."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.management.commands import createoperator
from accounts.models import AuditEvent, Customer, User
from accounts.services import one_time_passwords
from tests.conftest import NOON
from tests.factories import CustomerFactory, UserFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

PAGE = "/admin/password_change/"
EMAIL, PASSWORD = "hoss@hossagent.test", "correct horse battery"


@pytest.fixture
def operator() -> User:
    return User.objects.create_operator(email=EMAIL, password=PASSWORD, now=NOON)


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    code = totp(device.bin_key, step=device.step, drift=steps)  # type: ignore[no-untyped-call] # django-otp
    return f"{code:06d}"


def enroll(operator: User) -> tuple[TOTPDevice, list[str]]:
    device = one_time_passwords.begin_enrolment(operator=operator)
    codes = one_time_passwords.finish_enrolment(
        device=device, code=code_of(device, steps=-1), now=NOON
    )
    assert codes is not None
    return device, codes


def sign_in(client: SiteClient, code: str = "") -> Any:
    return client.post(
        "/admin/login/", {"username": EMAIL, "password": PASSWORD, "otp_token": code}
    )


def test_without_a_second_factor_the_password_is_enough(client: SiteClient, operator: User) -> None:
    assert sign_in(client).status_code == 302
    assert client.get(PAGE).status_code == 200


def test_with_one_the_password_alone_is_not(client: SiteClient, operator: User) -> None:
    enroll(operator)

    page = sign_in(client).content.decode()

    assert "Enter the code from your authenticator app" in page
    assert PASSWORD not in page
    assert client.get(PAGE).status_code == 302


def test_the_right_code_opens_the_console_and_only_once(client: SiteClient, operator: User) -> None:
    device, _ = enroll(operator)
    code = code_of(device)

    assert sign_in(client, code).status_code == 302
    assert client.get(PAGE).status_code == 200
    replay = SiteClient()
    sign_in(replay, code)
    assert replay.get(PAGE).status_code == 302


def test_a_recovery_code_works_once(client: SiteClient, operator: User) -> None:
    _, codes = enroll(operator)

    assert sign_in(client, codes[0]).status_code == 302
    again = SiteClient()
    sign_in(again, codes[0])
    assert again.get(PAGE).status_code == 302
    assert len(set(codes)) == 10


def test_a_wrong_code_is_refused_and_slows_down_the_next(
    client: SiteClient, operator: User
) -> None:
    device, _ = enroll(operator)

    wrong = f"{(int(code_of(device)) + 1) % 1_000_000:06d}"
    assert "This code is wrong or was already used." in sign_in(client, wrong).content.decode()
    assert "temporarily disabled" in sign_in(client, code_of(device)).content.decode()
    assert client.get(PAGE).status_code == 302


def test_somebody_elses_device_is_no_help(client: SiteClient, operator: User) -> None:
    enroll(operator)
    other = User.objects.create_operator(email="two@hossagent.test", password="x" * 20, now=NOON)
    theirs, _ = enroll(other)

    sign_in(client, code_of(theirs))

    assert client.get(PAGE).status_code == 302


def test_enrolling_shuts_out_sessions_that_have_not_passed_it(
    client: SiteClient, operator: User
) -> None:
    sign_in(client)
    enroll(operator)

    assert client.get(PAGE).status_code == 302


def test_the_command_enrolls_and_removes(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(prompt: str) -> str:
        return code_of(TOTPDevice.objects.get())

    monkeypatch.setattr("builtins.input", answer)
    out = io.StringIO()

    call_command("operator_totp", EMAIL.upper(), stdout=out)

    assert "otpauth://totp/" in out.getvalue()
    assert len(out.getvalue().split("once:")[1].split()) == 10
    assert one_time_passwords.has_second_factor(operator)
    call_command("operator_totp", EMAIL, "--remove", stdout=out)
    assert not one_time_passwords.has_second_factor(operator)
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["operator.second_factor_on", "operator.second_factor_off"]


def test_a_wrong_code_at_enrolment_changes_nothing(operator: User) -> None:
    with pytest.raises(CommandError, match="Nothing has changed"):
        call_command("operator_totp", EMAIL, "--code", "000000x", stdout=io.StringIO())

    assert not one_time_passwords.has_second_factor(operator)


def test_a_customers_person_cannot_be_enrolled() -> None:
    UserFactory.create(email="ann@agency.test")

    with pytest.raises(CommandError, match="not an operator"):
        call_command("operator_totp", "ann@agency.test")


def test_an_operator_is_made_by_command(client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", encoding="utf-8")

    call_command("createoperator", "Hoss@Hossagent.test", password_file=file, stdout=io.StringIO())

    assert sign_in(client).status_code == 302
    assert User.objects.get().is_superuser


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("new@hossagent.test", "short", "too short"),
        ("ann@agency.test", PASSWORD, "An operator needs an own address"),
    ],
)
def test_the_command_says_why_not(tmp_path: Path, email: str, password: str, sentence: str) -> None:
    UserFactory.create(email="ann@agency.test")
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")

    with pytest.raises(CommandError, match=sentence):
        call_command("createoperator", email, password_file=str(file))

    assert User.objects.filter(is_staff=True).count() == 0


class TestTypedPassword:
    @pytest.fixture
    def type_in(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Somebody at the terminal types these answers, one per prompt."""

        def prepare(*typed: str) -> None:
            answers = iter(typed)
            monkeypatch.setattr(createoperator, "getpass", lambda _: next(answers))

        return prepare

    def test_it_is_asked_for_twice(self, client: SiteClient, type_in: Callable[..., None]) -> None:
        type_in(PASSWORD, PASSWORD)

        call_command("createoperator", EMAIL, stdout=io.StringIO())

        assert sign_in(client).status_code == 302

    def test_two_that_differ_make_nobody(self, type_in: Callable[..., None]) -> None:
        type_in(PASSWORD, PASSWORD + "x")

        with pytest.raises(CommandError, match=r"The two passwords differ\. Nothing was made\."):
            call_command("createoperator", EMAIL)

        assert User.objects.count() == 0


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"Cannot read {tmp_path}"):
        call_command("createoperator", EMAIL, password_file=str(tmp_path))

    assert User.objects.count() == 0


def test_a_limited_operator_has_no_rights_yet(client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD, encoding="utf-8")

    call_command("createoperator", EMAIL, "--limited", password_file=file, stdout=io.StringIO())

    assert sign_in(client).status_code == 302
    assert client.get("/admin/accounts/user/add/").status_code == 403


def test_impersonation_is_an_audited_post_that_ends_at_the_read_only_view(
    operator_client: SiteClient,
) -> None:
    customer = CustomerFactory.create()
    url = reverse("admin:customer_action", args=[customer.pk, "impersonate"])

    assert operator_client.get(url).status_code == 405
    answer = operator_client.post(url)

    assert answer["Location"] == f"/portal/{customer.public_token}"
    event = AuditEvent.objects.get(action="customer.impersonate")
    assert (event.actor, event.customer_id) == (EMAIL, customer.pk)
    assert operator_client.get("/portal/").status_code == 302


def test_a_new_portal_link_ends_the_old_one(operator_client: SiteClient) -> None:
    customer = CustomerFactory.create()
    old = customer.public_token
    url = reverse("admin:customer_action", args=[customer.pk, "rotate-link"])

    operator_client.post(url)
    assert Customer.objects.get().public_token == old
    operator_client.post(url, {"confirmed": "yes"})

    new = Customer.objects.get().public_token
    assert SiteClient().get(f"/portal/{old}").status_code == 404
    assert SiteClient().get(f"/portal/{new}").status_code == 200
    event = AuditEvent.objects.get(action="portal_link.rotate")
    assert new not in str(event.after)


def test_one_time_password_seeds_are_not_shown_in_the_console(
    operator_client: SiteClient,
) -> None:
    assert operator_client.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert operator_client.get("/admin/socialaccount/socialapp/").status_code == 404
