"""Django's settings, one file for every environment, computed from `hossagent.config`."""

from __future__ import annotations

from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from hossagent import schedule
from hossagent.config import BASE_DIR, VAR_DIR, load

CONFIG = load()

SECRET_KEY = CONFIG.SESSION_SECRET.get_secret_value()
DEBUG = False
ALLOWED_HOSTS = list(
    dict.fromkeys(
        [CONFIG.host, *CONFIG.ALLOWED_HOSTS]
        + ([] if CONFIG.RELEASE_MODE else ["127.0.0.1", "localhost", "[::1]"])
    )
)
CSRF_TRUSTED_ORIGINS = [CONFIG.BASE_URL] if CONFIG.BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "djstripe",
    "hossagent.apps.HossAgentConfig",
    "hossagent.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "accounts.apps.AccountsConfig",
    "billing.apps.BillingConfig",
    "agents.apps.AgentsConfig",
    "portal.apps.PortalConfig",
    "marketing.apps.MarketingConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "hossagent.urls"
WSGI_APPLICATION = "hossagent.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hossagent.context.site",
            ],
        },
    },
]

# --- Storage -------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # IMMEDIATE: the lock is taken when a transaction begins, so none fails half way.
    # FULL: a "sending" mark lost to a power cut would be a duplicate mail.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": ("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"),
}


def database(url: str) -> dict[str, Any]:
    """Django's settings for one database URL, with what each engine needs."""
    found: dict[str, Any] = dict(dj_database_url.parse(url))
    if found["ENGINE"].endswith("sqlite3"):
        found["OPTIONS"] = SQLITE_OPTIONS
    else:
        found["CONN_MAX_AGE"] = 300
        found["CONN_HEALTH_CHECKS"] = True
    return found


DATABASES = {"default": database(CONFIG.DATABASE_URL or f"sqlite:///{VAR_DIR}/hossagent.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, Any] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CONFIG.REDIS_URL}
        if CONFIG.REDIS_URL
        else {
            # Shared by the processes of one machine; rate limits must not be per process.
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
        }
    )
}

STATIC_URL = "static/"
# Collected in release mode only; elsewhere WhiteNoise serves from `static/` itself.
STATIC_ROOT = BASE_DIR / "staticfiles" if CONFIG.RELEASE_MODE else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if CONFIG.RELEASE_MODE
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not CONFIG.RELEASE_MODE
MEDIA_ROOT = VAR_DIR / "media"

# --- People and sessions -------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/portal/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_NAME = "hoss"
CSRF_USE_SESSIONS = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Headers -------------------------------------------------------------------------

SECURE_SSL_REDIRECT = CONFIG.RELEASE_MODE
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.TRUSTED_PROXY_COUNT else None
)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.RELEASE_MODE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.RELEASE_MODE
SECURE_HSTS_PRELOAD = CONFIG.RELEASE_MODE
SESSION_COOKIE_SECURE = CONFIG.RELEASE_MODE
CSRF_COOKIE_SECURE = CONFIG.RELEASE_MODE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [
            SELF,
            "https://checkout.stripe.com",
            "https://billing.stripe.com",
            "https://accounts.google.com",
            "https://login.microsoftonline.com",
        ],
    }
}

# --- Time and language ---------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- Stripe's mirror -----------------------------------------------------------------
# `billing.gateway` makes every call; these only tell dj-stripe how its tables are laid out.

DJSTRIPE_SUBSCRIBER_MODEL = "accounts.Customer"
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY = f"hossagent_customer_{CONFIG.host}"
STRIPE_API_VERSION = "2026-08-26.dahlia"
STRIPE_LIVE_MODE = CONFIG.STRIPE_API_KEY.get_secret_value().startswith(("sk_live", "rk_live"))
# Deliberately not the key: dj-stripe must not be able to call Stripe on its own.
STRIPE_TEST_SECRET_KEY = None
STRIPE_LIVE_SECRET_KEY = None

# --- The clock of the workers --------------------------------------------------------

CELERY_BROKER_URL = CONFIG.REDIS_URL or "memory://"
CELERY_BEAT_SCHEDULE = schedule.celery_beat(CONFIG)
CELERY_TASK_ROUTES = schedule.celery_routes()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
# A killed worker gives its messages back; `docs/architecture.md` says what each costs.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 30,
}

# --- Logs ----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname:<7} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": CONFIG.LOG_LEVEL},
}
SILENCED_SYSTEM_CHECKS = [
    # No key is set here on purpose: billing.gateway holds it.
    "djstripe.I001",
    "djstripe.I002",
    "djstripe.C001",
    "djstripe.W005",
    "djstripe.I006",
]
