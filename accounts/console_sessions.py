"""Sessions of the operator's console: own table, own signing salt, shorter life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.sessions.backends.db import SessionStore

if TYPE_CHECKING:
    from accounts.models.console_session import ConsoleSession

CONSOLE_AGE_SECONDS = 8 * 3600


class ConsoleSessionStore(SessionStore):
    """A row copied here from the customers' table is refused: its signature has another salt."""

    @property
    def key_salt(self) -> str:
        return "accounts.console_sessions"

    @classmethod
    def get_model_class(cls) -> type[ConsoleSession]:
        from accounts.models import ConsoleSession  # noqa: PLC0415 # models load after settings

        return ConsoleSession

    def get_session_cookie_age(self) -> int:
        return CONSOLE_AGE_SECONDS
