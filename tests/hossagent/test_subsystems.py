"""Each subsystem is live only with everything it needs; a fallback says so, once a cycle."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from hossagent import subsystems
from hossagent.config import load
from hossagent.subsystems import Mode

if TYPE_CHECKING:
    from hossagent.config import Config

SENDGRID = {
    "EMAIL_MODE": "SENDGRID",
    "SENDGRID_API_KEY": "SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb",
    "SENDGRID_FROM_EMAIL": "ada@agency.com",
    "SENDGRID_WEBHOOK_KEY": "MFkwEwYHKoZIzj0CAQYI",
}
SMTP = {
    "EMAIL_MODE": "SMTP",
    "SMTP_HOST": "mail.agency.com",
    "SMTP_FROM_EMAIL": "ada@agency.com",
    "IMAP_HOST": "mail.agency.com",
    "IMAP_USERNAME": "ada",
    "IMAP_PASSWORD": "s3cret",
}
SEARCH = {
    "LEAD_SOURCE_PROVIDER": "SEARCH_API",
    "LEAD_SEARCH_API_URL": "https://leads.agency.com",
    "LEAD_SEARCH_API_KEY": "k3y",
}
STRIPE = {
    "ENABLE_STRIPE": "TRUE",
    "STRIPE_API_KEY": "sk_live_" + "a" * 24,
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}
WRITER = {"OPENAI_API_KEY": "sk-1234"}


def config(**environ: str) -> Config:
    return load({"SESSION_SECRET": "s", **environ})


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("email", SENDGRID),
        ("email", SMTP),
        ("leads", SEARCH),
        ("stripe", STRIPE),
        ("writer", WRITER),
    ],
)
def test_everything_given_is_live_and_each_missing_part_is_not(
    name: str, environ: dict[str, str]
) -> None:
    ask = getattr(subsystems, name)
    switches = {"EMAIL_MODE", "LEAD_SOURCE_PROVIDER", "ENABLE_STRIPE", "STRIPE_WEBHOOK_SECRET"}

    complete = ask(config(**environ))
    lacking = {part: ask(config(**{**environ, part: ""})) for part in environ.keys() - switches}

    assert (complete.mode, complete.fix) == (Mode.LIVE, "")
    assert {part: found.mode for part, found in lacking.items()} == dict.fromkeys(
        lacking, Mode.DRY_RUN
    )
    for part, found in lacking.items():
        assert part in found.fix, found


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("email", {**SENDGRID, "SENDGRID_API_KEY": "changeme"}),
        ("email", {**SENDGRID, "SENDGRID_FROM_EMAIL": "ada"}),
        ("email", {**SMTP, "SMTP_FROM_EMAIL": "nobody"}),
        ("leads", {**SEARCH, "LEAD_SEARCH_API_URL": "ftp://leads"}),
        ("stripe", {**STRIPE, "STRIPE_API_KEY": "pk_live_12345678901234567890"}),
        ("writer", {**WRITER, "OPENAI_API_KEY": "your-key"}),
    ],
)
def test_what_cannot_be_a_credential_is_not_tried(name: str, environ: dict[str, str]) -> None:
    found = getattr(subsystems, name)(config(**environ))

    assert found.is_fallback
    assert found.reason.startswith("missing or invalid: ")


def test_release_mode_asks_stripe_for_its_webhook_secret() -> None:
    without = {**STRIPE, "STRIPE_WEBHOOK_SECRET": ""}

    assert subsystems.stripe(config(**without)).is_live
    assert not subsystems.stripe(config(**without, RELEASE_MODE="TRUE")).is_live


def test_a_chosen_dry_run_is_a_fallback_in_release_mode_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    subsystems.log_fallbacks(config())
    quiet = list(caplog.messages)
    subsystems.log_fallbacks(config(RELEASE_MODE="TRUE"))

    assert quiet == []
    assert [line.split(" reason=")[0] for line in caplog.messages] == [
        f"[DRY_RUN_FALLBACK] subsystem={name}" for name in ("leads", "writer", "email", "stripe")
    ]


def test_the_banner_and_its_warnings(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        subsystems.log_startup(config())
        assert caplog.messages == []
        subsystems.log_startup(
            config(RELEASE_MODE="TRUE", MAX_EMAILS_PER_HOUR="101", BASE_URL="https://a.com")
        )

    assert caplog.messages[0] == "[RELEASE_MODE][ON] host=a.com"
    assert caplog.messages[1].startswith("[RELEASE_MODE][HIGH_VOLUME_WARNING]")
    assert [line.split("]")[1] for line in caplog.messages[2:]] == ["[WARNING"] * 4
