"""Two realms in one site: the console (`/admin`) and everything else never share a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.shortcuts import redirect

from accounts.backends import CONSOLE
from accounts.console_sessions import CONSOLE_AGE_SECONDS, ConsoleSessionStore
from accounts.selectors.email_verification import must_verify_email
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

CUSTOMER = "customer"
CONSOLE_PATH = "/admin"


def is_console_path(path: str) -> bool:
    return path == CONSOLE_PATH or path.startswith(f"{CONSOLE_PATH}/")


class RealmSessionMiddleware(SessionMiddleware):
    """Django's session middleware with a second cookie, table and salt for the console.

    The console's cookie is renamed on the way in and out, so that all of Django's own
    rules for saving and deleting sessions apply to both realms unchanged.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.realm = CONSOLE if is_console_path(request.path) else CUSTOMER  # type: ignore[attr-defined] # set here, read by views
        if request.realm == CUSTOMER:  # type: ignore[attr-defined] # set here, read by views
            super().process_request(request)
            return
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        key = request.COOKIES.get(settings.CONSOLE_COOKIE_NAME)
        if key:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = key
        request.session = ConsoleSessionStore(key)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        name = settings.SESSION_COOKIE_NAME
        if getattr(request, "realm", CUSTOMER) != CONSOLE or name not in response.cookies:
            return response
        value = response.cookies.pop(name).value
        if not value:
            response.delete_cookie(settings.CONSOLE_COOKIE_NAME, path=CONSOLE_PATH)
            return response
        response.set_cookie(
            settings.CONSOLE_COOKIE_NAME,
            value,
            max_age=CONSOLE_AGE_SECONDS,
            path=CONSOLE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response


class VerifiedEmailMiddleware:
    """After seven days a person who has not proven the address has to, before the portal
    opens again."""

    # What stays open: signing in and out, proving the address, public and technical pages.
    OPEN_NAMESPACES = frozenset({"accounts", "marketing", "admin"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or getattr(request, "realm", "") != CUSTOMER:
            return None
        if getattr(view, "is_open_to_unverified", False) or not match.namespaces:
            return None
        if self.OPEN_NAMESPACES.intersection(match.namespaces):
            return None
        user = request.user
        if not user.is_authenticated or not must_verify_email(user, now=clock.now()):
            return None
        return redirect("accounts:confirm_address")
