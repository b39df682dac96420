"""Google and Microsoft in tests: their answer, past the part that needs the provider itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts.models import User

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

_APP = {"client_id": "id", "secret": "secret"}
PROVIDERS = {
    "google": {"APP": _APP, "EMAIL_AUTHENTICATION": True, "OAUTH_PKCE_ENABLED": True},
    "microsoft": {"APP": {**_APP, "settings": {"tenant": "common"}}},
}


def come_back(
    client: SiteClient,
    provider: str,
    email: str,
    *,
    verified: bool,
    uid: str = "77",
    **state: str,
) -> Any:
    """The browser returns from the provider, which has signed in `uid` and claims `email`;
    `state` is what the browser asked for when it left."""
    request = RequestFactory().get("/oauth/callback")
    request.session = client.session if "hoss" in client.cookies else SessionStore()
    request.realm = "customer"  # type: ignore[attr-defined] # set by the middleware
    request.user = get_user(request)
    login = SocialLogin(
        provider=get_adapter().get_provider(request, provider),
        user=User(email=email),
        account=SocialAccount(provider=provider, uid=uid),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
    )
    login.state = dict(state)
    with context.request_context(request):
        answer = complete_social_login(request, login)
    request.session.save()
    client.cookies["hoss"] = request.session.session_key or ""
    return answer
