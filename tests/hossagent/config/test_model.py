"""What each setting accepts, and what it becomes."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from hossagent.config import EmailMode, load

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


def test_the_sandbox_world_is_off_in_release_mode() -> None:
    assert load(SECRET).sandbox_world_on is True
    assert load({**SECRET, "RELEASE_MODE": "TRUE"}).sandbox_world_on is False
