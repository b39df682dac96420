"""The command makes an operator who can sign in at /admin, or says why not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import createoperator
from accounts.models import User
from tests.factories import UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.operators import EMAIL, PASSWORD, enter_console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db


def test_an_operator_is_made_by_command(client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", encoding="utf-8")

    call_command("createoperator", "Hoss@Hossagent.test", password_file=file, stdout=io.StringIO())

    assert enter_console(client).status_code == 302
    assert User.objects.get().is_superuser


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("new@hossagent.test", "short", "too short"),
        ("ann@agency.test", PASSWORD, "An operator needs an address of their own"),
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

        assert enter_console(client).status_code == 302

    def test_two_that_differ_make_nobody(self, type_in: Callable[..., None]) -> None:
        type_in(PASSWORD, PASSWORD + "x")

        with pytest.raises(CommandError, match=r"The two passwords differ\. Nothing was created\."):
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

    assert enter_console(client).status_code == 302
    assert client.get("/admin/accounts/user/add/").status_code == 403
