"""Every setting the environment can give, typed: the only reader of `os.environ`.

`load()` returns one frozen `Config`. A value that cannot be used raises
`ImproperlyConfigured` with a sentence that names the variable and what it accepts.
Each secret may also come from a file: `NAME_FILE=/run/secrets/name`.
"""

from __future__ import annotations

import os
import re
import secrets
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"


class EmailMode(StrEnum):
    DRY_RUN = "DRY_RUN"
    SENDGRID = "SENDGRID"
    SMTP = "SMTP"


class LeadProvider(StrEnum):
    DUMMY_SEED = "DUMMY_SEED"
    SEARCH_API = "SEARCH_API"


class LeadFallback(StrEnum):
    NONE = "NONE"
    DUMMY_SEED = "DUMMY_SEED"


# What a lead search API answers with, by our names; LEAD_SEARCH_FIELDS maps others to them.
LEAD_SEARCH_FIELD_NAMES = (
    *("leads", "next_cursor", "company", "contact_name", "contact_title", "email", "website"),
    *("phone", "location", "country", "timezone", "reason", "evidence"),
)

BOOLEANS = {"TRUE": True, "1": True, "FALSE": False, "0": False}


def _strict_boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    word = str(value).strip().upper()
    if word not in BOOLEANS:
        raise ValueError("expected TRUE, FALSE, 1 or 0")
    return BOOLEANS[word]


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Flag = Annotated[bool, BeforeValidator(_strict_boolean)]
Names = Annotated[tuple[str, ...], BeforeValidator(_comma_separated)]
Secret = SecretStr


def _secret(**extra: Any) -> Any:
    return Field(default=SecretStr(""), **extra)


class Config(BaseModel):
    """The settings of SPEC section 2, one field per variable of the same name."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    # Where it runs
    SESSION_SECRET: Secret = _secret()
    DATABASE_URL: str = ""
    REDIS_URL: str = ""
    RELEASE_MODE: Flag = False
    SANDBOX_WORLD: Flag = True
    SANDBOX_SPEED: int = Field(default=1440, ge=1, le=100_000)
    BASE_URL: str = "http://127.0.0.1:8000"
    ALLOWED_HOSTS: Names = ()
    TRUSTED_PROXY_COUNT: int = Field(default=0, ge=0, le=10)
    LOG_LEVEL: str = "INFO"
    SENTRY_DSN: Secret = _secret()

    # People
    SUPPORT_EMAIL: str = "support@hossagent.example"
    BOOKING_URL: str = ""
    OPERATOR_EMAIL: str = ""
    OPERATOR_TIMEZONE: str = "UTC"
    SALES_LEAD_RECIPIENT_EMAIL: str = ""
    SELF_SERVE_ENABLED: Flag = True
    INTERNAL_TESTER_EMAILS: Names = ()

    # Email
    EMAIL_MODE: EmailMode = EmailMode.DRY_RUN
    SENDGRID_API_KEY: Secret = _secret()
    SENDGRID_FROM_EMAIL: str = ""
    SENDGRID_WEBHOOK_KEY: Secret = _secret()
    SMTP_HOST: str = ""
    SMTP_PORT: int = Field(default=587, ge=1, le=65535)
    SMTP_USERNAME: str = ""
    SMTP_PASSWORD: Secret = _secret()
    SMTP_USE_TLS: Flag = True
    SMTP_FROM_EMAIL: str = ""
    IMAP_HOST: str = ""
    IMAP_PORT: int = Field(default=993, ge=1, le=65535)
    IMAP_USERNAME: str = ""
    IMAP_PASSWORD: Secret = _secret()
    MAX_EMAILS_PER_CYCLE: int = Field(default=10, ge=0, le=10_000)
    MAX_EMAILS_PER_HOUR: int = Field(default=50, ge=0, le=1_000_000)

    # Leads
    LEAD_SOURCE_PROVIDER: LeadProvider = LeadProvider.DUMMY_SEED
    LEAD_SEARCH_API_URL: str = ""
    LEAD_SEARCH_API_KEY: Secret = _secret()
    # "company=organization.name,email=contact.email": where an API that is not of our
    # contract keeps each field; docs/lead_search_api.md.
    LEAD_SEARCH_FIELDS: Names = ()
    LEAD_SOURCE_FALLBACK: LeadFallback = LeadFallback.NONE
    MAX_NEW_LEADS_PER_CYCLE: int = Field(default=10, ge=0, le=1_000)

    # Money
    ENABLE_STRIPE: Flag = False
    STRIPE_API_KEY: Secret = _secret()
    STRIPE_PUBLIC_KEY: str = ""
    STRIPE_WEBHOOK_SECRET: Secret = _secret()
    STRIPE_MIN_AMOUNT_CENTS: int = Field(
        default=100, validation_alias=AliasChoices("STRIPE_MIN_AMOUNT")
    )
    STRIPE_MAX_AMOUNT_CENTS: int = Field(
        default=50_000, validation_alias=AliasChoices("STRIPE_MAX_AMOUNT")
    )
    AUTO_ISSUE_INVOICES: Flag = False
    STRIPE_API_BASE: str = ""

    # Writer
    OPENAI_API_KEY: Secret = _secret()
    OPENAI_BASE_URL: str = ""
    OPENAI_MODEL: str = "gpt-4o-mini"
    # US dollars per million tokens, which is the same as millionths of a dollar per token.
    OPENAI_INPUT_PRICE: Decimal = Field(default=Decimal("0.15"), ge=0, le=1_000)
    OPENAI_OUTPUT_PRICE: Decimal = Field(default=Decimal("0.60"), ge=0, le=1_000)
    # US dollars that the writer may spend for one customer on one day (UTC).
    WRITER_DAILY_BUDGET: Decimal = Field(default=Decimal("1.00"), ge=0, le=10_000)
    # US dollars that every finished task costs besides what is measured.
    TASK_OVERHEAD: Decimal = Field(default=Decimal("0.02"), ge=0, le=1_000)

    # Signing in with other accounts
    GOOGLE_CLIENT_ID: str = ""
    GOOGLE_CLIENT_SECRET: Secret = _secret()
    MICROSOFT_CLIENT_ID: str = ""
    MICROSOFT_CLIENT_SECRET: Secret = _secret()

    # The engine
    AUTOPILOT_PERIOD_SECONDS: int = Field(default=300, ge=1, le=86_400)
    LOG_KEEP_ENTRIES: int = Field(default=5_000, ge=100, le=10_000_000)

    @field_validator("STRIPE_MIN_AMOUNT_CENTS", "STRIPE_MAX_AMOUNT_CENTS", mode="before")
    @classmethod
    def _dollars_to_cents(cls, value: object) -> object:
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", str(value).strip()):
            raise ValueError("expected an amount in dollars such as 1.00")
        whole, _, cents = str(value).strip().partition(".")
        return int(whole) * 100 + int(cents.ljust(2, "0") or 0)

    @field_validator("OPERATOR_TIMEZONE")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected a time zone such as Europe/Berlin")
        return value

    @field_validator("LEAD_SEARCH_FIELDS")
    @classmethod
    def _fields_with_paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            name, _, path = pair.partition("=")
            if name.strip() not in LEAD_SEARCH_FIELD_NAMES or not path.strip():
                raise ValueError(
                    f"expected field=path with a field of {', '.join(LEAD_SEARCH_FIELD_NAMES)}"
                )
        return value

    @field_validator("BASE_URL")
    @classmethod
    def _absolute_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("expected an address such as https://app.agency.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _stand_in_only_for_trying_out(self) -> Config:
        if not self.STRIPE_API_BASE:
            return self
        if self.RELEASE_MODE:
            raise ValueError("STRIPE_API_BASE: must be empty when RELEASE_MODE=TRUE")
        parts = urlsplit(self.STRIPE_API_BASE)
        if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError(
                "STRIPE_API_BASE: expected the stand-in on this machine, "
                "such as http://127.0.0.1:12111"
            )
        return self

    @model_validator(mode="after")
    def _amounts_in_order(self) -> Config:
        if self.STRIPE_MIN_AMOUNT_CENTS > self.STRIPE_MAX_AMOUNT_CENTS:
            raise ValueError("STRIPE_MIN_AMOUNT: must not be above STRIPE_MAX_AMOUNT")
        return self

    @property
    def host(self) -> str:
        """The host name of BASE_URL, for cookies, Message-IDs and allowed hosts."""
        return urlsplit(self.BASE_URL).hostname or "localhost"

    @property
    def sandbox_world_on(self) -> bool:
        """The pretend internet answers fictional leads; never in release mode."""
        return self.SANDBOX_WORLD and not self.RELEASE_MODE


def environment_name(field: str) -> str:
    """The variable that sets `field`; the same word but for amounts in cents."""
    return field.removesuffix("_CENTS") if field.startswith("STRIPE_M") else field


def variables() -> tuple[str, ...]:
    """Every variable that `load()` reads, in the order of `.env.example`."""
    return tuple(environment_name(field) for field in Config.model_fields)


def _is_secret(field: str) -> bool:
    return Config.model_fields[field].annotation is SecretStr


def _value_from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE: cannot read {path!r} ({error}). Point it at a readable text file."
        ) from error


def _collect(environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in Config.model_fields:
        name = environment_name(field)
        value = environ.get(name, "")
        file = environ.get(f"{name}_FILE", "") if _is_secret(field) else ""
        if value and file:
            raise ImproperlyConfigured(f"{name}: set either {name} or {name}_FILE, not both.")
        if file:
            value = _value_from_file(name, file)
        if value.strip():
            found[name] = value.strip()
    return found


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the environment, over `.env` when there is one, into a `Config`.

    Raises `ImproperlyConfigured`, one line per variable at fault.
    """
    if environ is None:
        dotenv = os.environ.get("HOSSAGENT_ENV_FILE", str(BASE_DIR / ".env"))
        from_file = dotenv_values(dotenv) if dotenv and Path(dotenv).is_file() else {}
        environ = {k: v for k, v in from_file.items() if v is not None} | dict(os.environ)
    try:
        config = Config.model_validate(_collect(environ))
    except ValidationError as error:
        raise ImproperlyConfigured("\n".join(_sentences(error))) from None
    return _with_session_secret(config)


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        words = problem["msg"].removeprefix("Value error, ")
        given = "" if not name or _is_secret_name(name) else f" (got {problem['input']!r})"
        sentences.append(f"{name}: {words}{given}." if name else f"{words}.")
    return sentences


def _is_secret_name(name: str) -> bool:
    return name in Config.model_fields and _is_secret(name)


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
