"""How allauth does things here: no operators, no notices of its own, one client address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.http import Http404
from django.shortcuts import redirect

from hossagent.lib.clients import client_ip

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest, HttpResponse


class AccountAdapter(DefaultAccountAdapter):
    """Every customer sign-in, by mail or by Google and Microsoft, passes `pre_login`."""

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse | None:
        """An operator is turned away here whatever the credential."""
        if getattr(user, "is_staff", True):
            return redirect("accounts:login")
        return super().pre_login(request, user, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages speak for themselves; allauth's own notices are not shown."""


class SocialAdapter(DefaultSocialAccountAdapter):
    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """A provider without credentials does not exist: 404 instead of an error."""
        try:
            return super().get_app(request, provider, client_id=client_id)
        except SocialApp.DoesNotExist as error:
            raise Http404("not configured") from error

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        """Signing in by mail always remains, so any connected account may go."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Account mail goes through the outbox; allauth sends none itself."""
