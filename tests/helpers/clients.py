"""Django's test client that knows our two realms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client

from accounts.console_sessions import ConsoleSessionStore

if TYPE_CHECKING:
    from accounts.models import User


class SiteClient(Client):
    """`force_login` opens the portal; `enter_console` opens /admin. Both may be in force."""

    def force_login(
        self, user: Any, backend: str | None = "accounts.backends.CustomerBackend"
    ) -> None:
        super().force_login(user, backend=backend)

    def enter_console(self, operator: User) -> None:
        request = HttpRequest()
        request.session = ConsoleSessionStore()
        login(request, operator, backend="accounts.backends.OperatorBackend")
        request.session.save()
        self.cookies[settings.CONSOLE_COOKIE_NAME] = request.session.session_key or ""
