"""Sessions of the operator's console: own table, own signing salt, shorter life."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore

if TYPE_CHECKING:
    from django.contrib.sessions.base_session import AbstractBaseSession

CONSOLE_AGE_SECONDS = 8 * 3600


class ConsoleSessionStore(SessionStore):
    """A row copied here from the customers' table is refused: its signature has another salt."""

    @property
    def key_salt(self) -> str:
        return "accounts.console_sessions"

    @classmethod
    def get_model_class(cls) -> type[AbstractBaseSession]:
        # By its label: the model names this store, so this store does not import the model.
        return cast("type[AbstractBaseSession]", apps.get_model("accounts", "ConsoleSession"))

    def get_session_cookie_age(self) -> int:
        return CONSOLE_AGE_SECONDS
