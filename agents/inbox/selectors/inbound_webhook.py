"""The address that SendGrid posts replies to, with the secret that proves it is SendGrid."""

from __future__ import annotations

from django.conf import settings

from hossagent.lib.signing import short_signature

PATH = "/webhooks/sendgrid/inbound"


def inbound_webhook_secret() -> str:
    """160 bits made from SESSION_SECRET; a new SESSION_SECRET makes a new address."""
    return short_signature("sendgrid", salt="agents.inbound-webhook", length=40)


def inbound_webhook_url() -> str:
    """What to enter at SendGrid under Inbound Parse, as the destination URL."""
    scheme, _, rest = settings.CONFIG.BASE_URL.partition("://")
    return f"{scheme}://sendgrid:{inbound_webhook_secret()}@{rest}{PATH}"
