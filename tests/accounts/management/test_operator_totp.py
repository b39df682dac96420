"""The command sets up and removes an operator's second factor."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AuditEvent, User
from accounts.services import one_time_passwords
from tests.conftest import NOON
from tests.factories import UserFactory
from tests.helpers.operators import EMAIL, PASSWORD, code_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return User.objects.create_operator(email=EMAIL, password=PASSWORD, now=NOON)


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
