"""The settings with their defaults, and what each accepts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from hossagent.config.fields import (
    LEAD_SEARCH_FIELD_NAMES,
    EmailMode,
    Flag,
    LeadFallback,
    LeadProvider,
    LogFormat,
    Names,
    Secret,
)


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
    LOG_FORMAT: LogFormat = LogFormat.BY_MODE
    METRICS_TOKEN: Secret = _secret()
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
    # contract keeps each field; docs/reference/lead_search_api.md.
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


def is_secret(field: str) -> bool:
    """The value is hidden in messages, and may come from a file."""
    return Config.model_fields[field].annotation is SecretStr
