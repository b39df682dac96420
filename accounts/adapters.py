"""How allauth does things here: no operators, no notices of its own, one client address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.http import Http404
from django.shortcuts import redirect, resolve_url

from accounts.access import signed_in_as
from accounts.models import Membership
from accounts.services.address_proof import prove_address
from accounts.services.connected_accounts import remove_again
from hossagent.lib import clock
from hossagent.lib.client_ip import client_ip

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AbstractUser
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

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The portal; somebody without a customer goes on to open one."""
        mine = Membership.objects.filter(user__pk=request.user.pk or 0, customer__closed_at=None)
        if mine.exists():
            return super().get_login_redirect_url(request)
        return resolve_url("account_signup")

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

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Turn away two that would get around a proof of the address: an account that the
        proof removed while allauth was reading it, and a request to connect one to whoever is
        signed in. No page of ours offers that, and allauth would save the person as they were
        before the proof."""
        is_back = remove_again(sociallogin.account)
        if is_back or sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(redirect("accounts:login"))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[AbstractUser, str] | None:
        """The person with an address that the provider verified; only Google is asked.

        Whoever signed up with the address and never proved it loses what they set up. The
        account that vouches stays: allauth asks here only about unknown ones.
        """
        found = super().authenticate_by_email(sociallogin)
        if found is None:
            return None
        user, email = found
        if not user.is_staff:
            proven = prove_address(
                user_id=user.pk,
                email=email,
                signed_in_as=signed_in_as(context.request),
                now=clock.now(),
            )
            return cast("AbstractUser", proven), email
        return found

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        """Signing in by mail always remains, so any connected account may go."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Account mail goes through the outbox; allauth sends none itself."""
