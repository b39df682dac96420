"""Read the variables from the environment, `.env` and secret files."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from hossagent.config.model import Config, environment_name, is_secret
from hossagent.config.paths import BASE_DIR, VAR_DIR

if TYPE_CHECKING:
    from collections.abc import Mapping


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the environment, over `.env` where there is one, into a `Config`.

    Raises `ImproperlyConfigured`, one line per variable at fault.
    """
    if environ is None:
        dotenv = os.environ.get("HOSSAGENT_ENV_FILE", str(BASE_DIR / ".env"))
        from_file = dotenv_values(dotenv) if dotenv and Path(dotenv).is_file() else {}
        environ = {k: v for k, v in from_file.items() if v is not None} | dict(os.environ)
    try:
        config = Config.model_validate(_read_values(environ))
    except ValidationError as error:
        raise ImproperlyConfigured("\n".join(_sentences(error))) from None
    return _with_session_secret(config)


def _read_values(environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in Config.model_fields:
        name = environment_name(field)
        value = environ.get(name, "")
        file = environ.get(f"{name}_FILE", "") if is_secret(field) else ""
        if value and file:
            raise ImproperlyConfigured(f"{name}: set either {name} or {name}_FILE, not both.")
        if file:
            value = _read_secret(name, file)
        if value.strip():
            found[name] = value.strip()
    return found


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE: cannot read {path!r} ({error}). Point it at a readable text file."
        ) from error


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        words = problem["msg"].removeprefix("Value error, ")
        given = "" if not name or _is_secret_name(name) else f" (got {problem['input']!r})"
        sentences.append(f"{name}: {words}{given}." if name else f"{words}.")
    return sentences


def _is_secret_name(name: str) -> bool:
    return name in Config.model_fields and is_secret(name)


def _with_session_secret(config: Config) -> Config:
    if config.SESSION_SECRET.get_secret_value():
        return config
    if config.RELEASE_MODE:
        raise ImproperlyConfigured(
            "SESSION_SECRET: required when RELEASE_MODE=TRUE. Make one with "
            "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
        )
    return config.model_copy(update={"SESSION_SECRET": SecretStr(_local_secret())})


def _local_secret() -> str:
    """A signing key that survives restarts, for a machine nobody has configured."""
    path = VAR_DIR / "session_secret"
    VAR_DIR.mkdir(exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(50)
        file.write(secret)
    return secret


# prometheus_client's own switch, read when it is imported: where processes share numbers.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(folder: Path) -> None:
    """Let this process and those it starts keep their metrics together in `folder`."""
    os.environ[_METRICS_FOLDER] = str(folder)


def metrics_folder() -> Path | None:
    """Where they are kept together; None for a process on its own."""
    found = os.environ.get(_METRICS_FOLDER, "")
    return Path(found) if found else None
