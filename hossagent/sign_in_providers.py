"""Signing in with Google and Microsoft, as allauth's settings say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hossagent.config import Config


def sign_in_providers(config: Config) -> dict[str, Any]:
    """The providers whose two credentials are set."""
    providers = {}
    google_secret = config.GOOGLE_CLIENT_SECRET.get_secret_value()
    if config.GOOGLE_CLIENT_ID and google_secret:
        providers["google"] = _google(config.GOOGLE_CLIENT_ID, google_secret)
    microsoft_secret = config.MICROSOFT_CLIENT_SECRET.get_secret_value()
    if config.MICROSOFT_CLIENT_ID and microsoft_secret:
        providers["microsoft"] = _microsoft(config.MICROSOFT_CLIENT_ID, microsoft_secret)
    return providers


def _google(client_id: str, secret: str) -> dict[str, Any]:
    return {
        "APP": {"client_id": client_id, "secret": secret},
        "SCOPE": ["openid", "email", "profile"],
        "OAUTH_PKCE_ENABLED": True,
        "EMAIL_AUTHENTICATION": True,
    }


def _microsoft(client_id: str, secret: str) -> dict[str, Any]:
    # Never EMAIL_AUTHENTICATION or VERIFIED_EMAIL here: a tenant's administrator can set
    # the `mail` claim to anybody's address.
    return {
        "APP": {"client_id": client_id, "secret": secret, "settings": {"tenant": "common"}},
        "OAUTH_PKCE_ENABLED": True,
    }
