"""The product's settings with the peer installed beside it, on the benchmark's database."""

from __future__ import annotations

import os

from hossagent.settings import INSTALLED_APPS as PRODUCT_APPS
from tests.settings import *  # noqa: F403 # a settings module is meant to be extended

INSTALLED_APPS = [*PRODUCT_APPS, "post_office"]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))
# The peer's defaults: five threads, batches of a hundred; its log of successes is off,
# which favours it.
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "LOG_LEVEL": 1,
}
