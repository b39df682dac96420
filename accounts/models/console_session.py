"""The console's own session table: a customer's session key is worth nothing in it."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession

from accounts.console_sessions import ConsoleSessionStore


class ConsoleSession(AbstractBaseSession):
    class Meta:
        verbose_name = "console session"
        verbose_name_plural = "console sessions"

    @classmethod
    def get_session_store_class(cls) -> type[ConsoleSessionStore]:
        return ConsoleSessionStore
