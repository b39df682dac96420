"""The environment, read once: what is accepted, and the sentence for what is not."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from hossagent import config as configuration
from hossagent.config import EmailMode, load

if TYPE_CHECKING:
    from pathlib import Path

SECRET = {"SESSION_SECRET": "s"}


@pytest.mark.parametrize(
    ("word", "value"), [("TRUE", True), ("true", True), ("1", True), ("FALSE", False), ("0", False)]
)
def test_booleans_are_four_words(word: str, value: object) -> None:
    assert load({**SECRET, "ENABLE_STRIPE": word}).ENABLE_STRIPE is value


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"RELEASE_MODE": "yes"}, "RELEASE_MODE: expected TRUE, FALSE, 1 or 0 (got 'yes')."),
        ({"EMAIL_MODE": "PIGEON"}, "EMAIL_MODE: "),
        ({"SMTP_PORT": "99999"}, "SMTP_PORT: "),
        ({"BASE_URL": "app.agency.com"}, "BASE_URL: expected an address such as"),
        ({"OPERATOR_TIMEZONE": "Mars"}, "OPERATOR_TIMEZONE: expected a time zone"),
        ({"STRIPE_MIN_AMOUNT": "1.005"}, "STRIPE_MIN_AMOUNT"),
        ({"STRIPE_MIN_AMOUNT": "9", "STRIPE_MAX_AMOUNT": "8"}, "STRIPE_MIN_AMOUNT: must not be"),
        ({"RELEASE_MODE": "TRUE", "SESSION_SECRET": ""}, "SESSION_SECRET: required when"),
    ],
)
def test_a_bad_value_names_its_variable(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load({**SECRET, **environ})

    assert sentence in str(caught.value)


def test_every_fault_is_named_at_once_and_no_secret_is_shown() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load({**SECRET, "SMTP_PORT": "x", "RELEASE_MODE": "x"})

    assert sorted(line.split(":")[0] for line in str(caught.value).splitlines()) == [
        "RELEASE_MODE",
        "SMTP_PORT",
    ]


def test_amounts_are_read_as_cents_and_lists_as_names() -> None:
    config = load(
        {
            **SECRET,
            "STRIPE_MIN_AMOUNT": "2.5",
            "STRIPE_MAX_AMOUNT": "300",
            "ALLOWED_HOSTS": "a.com, b.com,",
            "EMAIL_MODE": "SMTP",
            "BASE_URL": "https://app.agency.com/",
        }
    )

    assert (config.STRIPE_MIN_AMOUNT_CENTS, config.STRIPE_MAX_AMOUNT_CENTS) == (250, 30_000)
    assert config.ALLOWED_HOSTS == ("a.com", "b.com")
    assert config.EMAIL_MODE is EmailMode.SMTP
    assert (config.BASE_URL, config.host) == ("https://app.agency.com", "app.agency.com")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("SG.secret\n", encoding="utf-8")

    config = load({**SECRET, "SENDGRID_API_KEY_FILE": str(file)})

    assert config.SENDGRID_API_KEY.get_secret_value() == "SG.secret"
    with pytest.raises(ImproperlyConfigured, match="not both"):
        load({**SECRET, "SENDGRID_API_KEY": "x", "SENDGRID_API_KEY_FILE": str(file)})
    with pytest.raises(ImproperlyConfigured, match="SENDGRID_API_KEY_FILE: cannot read"):
        load({**SECRET, "SENDGRID_API_KEY_FILE": str(tmp_path / "none")})


def test_an_unconfigured_machine_keeps_its_own_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "VAR_DIR", tmp_path / "var")

    first, second = load({}), load({})

    assert first.SESSION_SECRET == second.SESSION_SECRET
    assert len(first.SESSION_SECRET.get_secret_value()) > 40
    mode = stat.S_IMODE((tmp_path / "var" / "session_secret").stat().st_mode)
    assert mode == 0o600


def test_the_dotenv_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("MAX_EMAILS_PER_HOUR=7\nMAX_EMAILS_PER_CYCLE=3\n", encoding="utf-8")
    monkeypatch.setenv("HOSSAGENT_ENV_FILE", str(file))
    monkeypatch.setenv("MAX_EMAILS_PER_CYCLE", "4")

    config = load()

    assert (config.MAX_EMAILS_PER_HOUR, config.MAX_EMAILS_PER_CYCLE) == (7, 4)


def test_the_sandbox_world_is_off_in_release_mode() -> None:
    assert load(SECRET).sandbox_world_on is True
    assert load({**SECRET, "RELEASE_MODE": "TRUE"}).sandbox_world_on is False
