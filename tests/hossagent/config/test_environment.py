"""The environment is read once; what is wrong in it is said in sentences."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from hossagent.config import environment, load

if TYPE_CHECKING:
    from pathlib import Path

SECRET = {"SESSION_SECRET": "s"}


def test_every_fault_is_named_at_once_and_no_secret_is_shown() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load({**SECRET, "SMTP_PORT": "x", "RELEASE_MODE": "x"})

    assert sorted(line.split(":")[0] for line in str(caught.value).splitlines()) == [
        "RELEASE_MODE",
        "SMTP_PORT",
    ]


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
    monkeypatch.setattr(environment, "VAR_DIR", tmp_path / "var")

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
