"""Signing in by mail, as a browser and its inbox see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from accounts.models import OutboxMail

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.helpers.clients import SiteClient

LOGIN = "/login"
SENT = "/login/sent"
PORTAL = "/portal/"


def ask(client: SiteClient, email: str = "ann@agency.test", **extra: str) -> HttpResponse:
    """Ask for a sign-in mail."""
    return client.post(LOGIN, {"email": email, **extra})  # type: ignore[return-value] # the test client returns its own kind


def last_mail() -> OutboxMail:
    found: OutboxMail = OutboxMail.objects.latest("pk")
    return found


def path_in(text: str) -> str:
    """The sign-in link's path."""
    match = re.search(r"/login/link/[\w-]+", text)
    assert match
    return match[0]


def code_in(text: str) -> str:
    match = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", text)
    assert match
    return match[0]


def signed_in_as(client: SiteClient) -> int | None:
    value = client.session.get("_auth_user_id")
    return None if value is None else int(value)
