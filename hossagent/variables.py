"""What each environment variable is for: `.env.example` and docs/reference/settings.md."""

from __future__ import annotations

from hossagent.config import Config, environment_name

# Section → variable → one sentence. Every field of `Config` stands here exactly once.
VARIABLES: dict[str, dict[str, str]] = {
    "Where it runs": {
        "SESSION_SECRET": "Signing key. Required in release mode; made into var/ otherwise.",
        "DATABASE_URL": (
            "postgres://user:password@host:5432/name; empty means a SQLite file under var/."
        ),
        "REDIS_URL": "redis://host:6379/0 for Celery and the cache; empty means the embedded loop.",
        "RELEASE_MODE": "TRUE for the real world: see docs/operate/release_mode.md.",
        "SANDBOX_WORLD": "The pretend internet where fictional leads reply; off in release mode.",
        "SANDBOX_SPEED": (
            "How many times faster the sandbox world's answers come: 1440 is a day in a minute."
        ),
        "BASE_URL": "The address people use, without a slash at the end.",
        "ALLOWED_HOSTS": "Further host names that may be asked for, comma separated.",
        "TRUSTED_PROXY_COUNT": "How many proxies of your own stand in front of the web server.",
        "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR.",
        "LOG_FORMAT": "JSON or TEXT; empty means JSON in release mode and TEXT elsewhere.",
        "METRICS_TOKEN": (
            "The bearer token of /metrics, which does not exist without one: "
            "docs/operate/monitoring.md."
        ),
        "SENTRY_DSN": "Where errors are reported to, if anywhere.",
    },
    "People": {
        "SUPPORT_EMAIL": "Shown to customers, and the Reply-To of account mail.",
        "BOOKING_URL": "Where 'Book a demo' leads; the button is hidden without it.",
        "OPERATOR_EMAIL": "The first operator's address; the digest goes there.",
        "OPERATOR_TIMEZONE": "The IANA name of the zone in which the digest counts days.",
        "SALES_LEAD_RECIPIENT_EMAIL": "Who hears about 'Contact sales'.",
        "SELF_SERVE_ENABLED": "FALSE closes sign-up to everybody but the testers.",
        "INTERNAL_TESTER_EMAILS": "Who may sign up while self-serve is off, comma separated.",
    },
    "Email": {
        "EMAIL_MODE": "DRY_RUN, SENDGRID or SMTP.",
        "SENDGRID_API_KEY": "SG.… from SendGrid's settings.",
        "SENDGRID_FROM_EMAIL": "A sender that SendGrid has verified.",
        "SENDGRID_WEBHOOK_KEY": "The public key of SendGrid's signed event webhook.",
        "SMTP_HOST": "The mail server that sends.",
        "SMTP_PORT": "587 for STARTTLS.",
        "SMTP_USERNAME": "Empty when the server asks for none.",
        "SMTP_PASSWORD": "The password that belongs to it.",
        "SMTP_USE_TLS": "FALSE only for a server on this machine.",
        "SMTP_FROM_EMAIL": "The sender's address.",
        "IMAP_HOST": "Where replies are read in SMTP mode; sending needs it.",
        "IMAP_PORT": "993 for IMAP over TLS.",
        "IMAP_USERNAME": "The mailbox that replies arrive in.",
        "IMAP_PASSWORD": "The password that belongs to it.",
        "MAX_EMAILS_PER_CYCLE": "The most messages that one cycle of one customer releases.",
        "MAX_EMAILS_PER_HOUR": "The most messages per clock hour, all customers together.",
    },
    "Leads": {
        "LEAD_SOURCE_PROVIDER": "DUMMY_SEED (fictional leads) or SEARCH_API.",
        "LEAD_SEARCH_API_URL": (
            "The search API's address: docs/reference/lead_search_api.md has the contract."
        ),
        "LEAD_SEARCH_API_KEY": "Its key, sent as a bearer token.",
        "LEAD_SEARCH_FIELDS": (
            "Names of fields in its answer when they differ: docs/reference/lead_search_api.md."
        ),
        "LEAD_SOURCE_FALLBACK": "What to do when the search fails: NONE or DUMMY_SEED.",
        "MAX_NEW_LEADS_PER_CYCLE": "The most leads that one cycle of one customer adds.",
    },
    "Money": {
        "ENABLE_STRIPE": "TRUE to take payments.",
        "STRIPE_API_KEY": "sk_test_… or sk_live_…",
        "STRIPE_PUBLIC_KEY": "pk_test_… or pk_live_…",
        "STRIPE_WEBHOOK_SECRET": "whsec_… of the endpoint /stripe/webhook.",
        "STRIPE_MIN_AMOUNT": "Work summaries below this many dollars get no payment link.",
        "STRIPE_MAX_AMOUNT": "Work summaries above this many dollars get no payment link.",
        "STRIPE_API_BASE": "Another server that speaks Stripe's interface, for rehearsals.",
        "AUTO_ISSUE_INVOICES": "TRUE to issue work summaries without the operator.",
    },
    "Writer": {
        "OPENAI_API_KEY": "With a key a language model writes; templates write otherwise.",
        "OPENAI_BASE_URL": "Another server with the same interface.",
        "OPENAI_MODEL": "Which model writes.",
        "OPENAI_INPUT_PRICE": "US dollars per million tokens that the model reads.",
        "OPENAI_OUTPUT_PRICE": "US dollars per million tokens that the model writes.",
        "WRITER_DAILY_BUDGET": "US dollars the model may cost for one customer on one day (UTC).",
        "TASK_OVERHEAD": "US dollars that every finished task costs besides what is measured.",
    },
    "Signing in with other accounts": {
        "GOOGLE_CLIENT_ID": "The button appears once both values are set.",
        "GOOGLE_CLIENT_SECRET": "The secret that belongs to it.",
        "MICROSOFT_CLIENT_ID": "The button appears once both values are set.",
        "MICROSOFT_CLIENT_SECRET": "The secret that belongs to it.",
    },
    "The engine": {
        "AUTOPILOT_PERIOD_SECONDS": "Seconds from one cycle of a customer to its next one.",
        "LOG_KEEP_ENTRIES": "How many send attempts are kept; older ones go.",
    },
}


def default_of(name: str) -> str:
    """The default as one would write it in the environment; empty for none."""
    for field, info in Config.model_fields.items():
        if environment_name(field) != name:
            continue
        value = info.default
        if field.endswith("_CENTS"):
            return f"{value // 100}.{value % 100:02d}"
        if isinstance(value, bool):
            return str(value).upper()
        if value is None or hasattr(value, "get_secret_value"):
            return ""
        return ",".join(value) if isinstance(value, tuple) else str(value)
    raise KeyError(name)


def is_secret(name: str) -> bool:
    """May come from a file: NAME_FILE=/run/secrets/name."""
    return any(
        environment_name(field) == name and hasattr(info.default, "get_secret_value")
        for field, info in Config.model_fields.items()
    )


def example_file() -> str:
    """The text of `.env.example`."""
    lines = [
        "# Every setting with its default. Copy to .env and change what you need.",
        "# Booleans are TRUE, FALSE, 1 or 0. A secret may also come from a file:",
        "# NAME_FILE=/run/secrets/name. Made by `make docs`.",
    ]
    for section, variables in VARIABLES.items():
        lines += ["", f"# --- {section} ---"]
        for name, sentence in variables.items():
            lines += ["", f"# {sentence}", f"{name}={default_of(name)}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """The text of docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        "Read from the environment, over `.env` in the project's folder where there is one.",
        "Booleans are `TRUE`, `FALSE`, `1` or `0`; anything else is refused at the start with a",
        "sentence that names the variable. A variable marked *secret* may also come from a file:",
        (
            "`NAME_FILE=/run/secrets/name`. `manage.py doctor` shows what is missing and how to "
            "fix it."
        ),
        "",
        "This page and `.env.example` are made from `hossagent/variables.py` by `make docs`.",
    ]
    for section, variables in VARIABLES.items():
        lines += ["", f"## {section}", "", "| variable | default | |", "|---|---|---|"]
        for name, sentence in variables.items():
            default = default_of(name)
            shown = f"`{default}`" if default else ""
            secret = " *secret*" if is_secret(name) else ""
            lines.append(f"| `{name}`{secret} | {shown} | {sentence} |")
    return "\n".join(lines) + "\n"
