"""Which credential opens which realm: operators by password in the console, customers' people
by mail or by Google and Microsoft everywhere else, and nobody in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend

from accounts.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

CONSOLE = "console"


class OperatorBackend(ModelBackend):
    """Password sign-in for staff, only when asked from the console's realm."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if getattr(request, "realm", "") != CONSOLE:
            return None
        return super().authenticate(
            request, username=(username or "").strip().lower(), password=password, **kwargs
        )

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return super().user_can_authenticate(user) and bool(getattr(user, "is_staff", False))

    def get_user(self, user_id: Any) -> User | None:
        user = super().get_user(user_id)
        return user if user is not None and getattr(user, "is_staff", False) else None


class CustomerBackend(AuthenticationBackend):
    """Keeps customers' people signed in; the credential itself is checked by the flows
    (a login link, an OAuth answer), so there is no password to authenticate."""

    def authenticate(  # type: ignore[override] # takes no credential at all
        self, request: HttpRequest | None, **credentials: Any
    ) -> None:
        return None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, is_staff=False).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
