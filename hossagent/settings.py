"""Django's settings, one file for every environment, computed from `hossagent.config`."""

from __future__ import annotations

from datetime import timedelta

from hossagent import schedule
from hossagent.config import BASE_DIR, VAR_DIR, load
from hossagent.content_security import content_security_policy
from hossagent.logging import logging_config
from hossagent.sign_in_providers import sign_in_providers
from hossagent.storage import default_cache, default_database

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
    "django.forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.microsoft",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "accounts.apps.AccountsConfig",
    "billing.apps.BillingConfig",
    "agents.apps.AgentsConfig",
    "portal.apps.PortalConfig",
    "marketing.apps.MarketingConfig",
]

MIDDLEWARE = [
    "hossagent.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "billing.webhooks.WebhookFirst",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.RealmSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hossagent.middleware.NoNulMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.VerifiedEmailMiddleware",
    "axes.middleware.AxesMiddleware",
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
# Finds the templates of widgets in the installed apps, hence `django.forms` above.
FORM_RENDERER = "hossagent.form_renderer.FormRenderer"

# --- Storage -------------------------------------------------------------------------

DATABASES = {"default": default_database(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": default_cache(CONFIG)}

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
WHITENOISE_AUTOREFRESH = not CONFIG.RELEASE_MODE
MEDIA_ROOT = VAR_DIR / "media"

# --- People and sessions -------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.OperatorBackend",
    "accounts.backends.CustomerBackend",
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Two realms: the console has its own cookie, table and salt (accounts.middleware), so its
# CSRF secret and its notices have to live in the session, not in cookies with path "/".
SESSION_COOKIE_NAME = "__Host-hoss" if CONFIG.RELEASE_MODE else "hoss"
SESSION_COOKIE_AGE = 30 * 86_400
CONSOLE_COOKIE_NAME = "__Secure-hoss_console" if CONFIG.RELEASE_MODE else "hoss_console"
DEVICE_COOKIE_NAME = "__Host-hoss_device" if CONFIG.RELEASE_MODE else "hoss_device"
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "accounts.views.sessions.form_expired"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Customers: allauth carries the sign-in; the credential is accounts.LoginLink.
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_SESSION_REMEMBER = True
# The address is proven by a login link; allauth's own confirmation mails are not used.
ACCOUNT_EMAIL_VERIFICATION = "none"
# How often each of these may be done; the key is what the view passes, such as an address.
ACCOUNT_RATE_LIMITS = {
    "request_link": "20/m/ip,3/10m/key",
    "signup": "10/m/ip,3/10m/key",
    "try_code": "30/m/ip",
    "invite": "30/h/user",
    "open_ticket": "10/h/key",
    "contact_sales": "5/h/ip",
    "view_sample": "30/h/ip",
}
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = sign_in_providers(CONFIG)

# Operators: five failures of one name from one address lock that pair for an hour, so that
# nobody can lock the operator out from elsewhere.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(hours=1)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "hossagent.lib.client_ip.client_ip"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
OTP_TOTP_ISSUER = f"HossAgent {CONFIG.host}"

# --- Headers -------------------------------------------------------------------------

SECURE_SSL_REDIRECT = CONFIG.RELEASE_MODE
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.TRUSTED_PROXY_COUNT else None
)
# Asked from inside, past the proxy; the token of /metrics is only as safe as that network.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.RELEASE_MODE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.RELEASE_MODE
SECURE_HSTS_PRELOAD = CONFIG.RELEASE_MODE
SESSION_COOKIE_SECURE = CONFIG.RELEASE_MODE
CSRF_COOKIE_SECURE = CONFIG.RELEASE_MODE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = content_security_policy(CONFIG)

# --- Time and language ---------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- Stripe's mirror -----------------------------------------------------------------
# `billing.gateway` makes every call and `billing.stripe_sync.store` writes the rows; these
# only tell dj-stripe how its tables are laid out.

MIGRATION_MODULES = {"djstripe": "billing.djstripe_migrations"}
DJSTRIPE_SUBSCRIBER_MODEL = "accounts.Customer"
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY = f"hossagent_customer_{CONFIG.host}"
STRIPE_API_VERSION = "2026-08-26.dahlia"
STRIPE_LIVE_MODE = CONFIG.STRIPE_API_KEY.get_secret_value().startswith(("sk_live", "rk_live"))
# Deliberately not the key: dj-stripe must not be able to call Stripe on its own, on or
# off (docs/adr/0006); `billing.apps` also takes its HTTP client away.
STRIPE_TEST_SECRET_KEY = None
STRIPE_LIVE_SECRET_KEY = None

# --- The clock of the workers --------------------------------------------------------

CELERY_BROKER_URL = CONFIG.REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT = "hossagent.foreign_messages:Transport" if CONFIG.REDIS_URL else None
# Without a file: no loop waits longer than an hour, and stopping beat while it wrote its file
# ended in a traceback.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = schedule.celery_beat(CONFIG)
CELERY_TASK_ROUTES = schedule.celery_routes()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
# A killed worker gives its messages back; `docs/developing/architecture.md` says what each costs.
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

LOGGING = logging_config(CONFIG)
SILENCED_SYSTEM_CHECKS = [
    # No key is set here on purpose: billing.gateway holds it.
    "djstripe.I001",
    "djstripe.I002",
    "djstripe.C001",
    "djstripe.W005",
    "djstripe.I006",
]
