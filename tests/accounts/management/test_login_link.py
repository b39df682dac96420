"""The command prints a sign-in link where there is no mail."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.factories import UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.sign_in import path_in, signed_in_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_the_command_prints_a_link_that_works(
    ann: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("login_link", "Ann@agency.test")

    browser = SiteClient()
    assert browser.post(path_in(capsys.readouterr().out)).status_code == 302
    assert signed_in_as(browser) == ann.pk


@pytest.mark.parametrize("person", ["nobody@agency.test", "hoss@hossagent.test"])
def test_the_command_says_why_it_prints_none(person: str) -> None:
    UserFactory.create(email="hoss@hossagent.test", is_staff=True)

    with pytest.raises(CommandError):
        call_command("login_link", person)
