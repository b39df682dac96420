"""A person who signs in, by email only. `is_staff` decides the realm: console or portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from datetime import datetime


class UserManager(BaseUserManager["User"]):
    """Makes people; addresses are stored in lower case."""

    def create_user(self, *, email: str, now: datetime, **fields: Any) -> User:
        """A customer's person, without a password: they sign in by mail."""
        user = self.model(email=email.strip().lower(), date_joined=now, **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_operator(
        self, *, email: str, password: str, now: datetime, superuser: bool = True
    ) -> User:
        """An operator, who signs in at /admin with a password."""
        user = self.model(
            email=email.strip().lower(), date_joined=now, is_staff=True, is_superuser=superuser
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    date_joined = models.DateTimeField()
    email_verified_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # Lower case always, so that the unique index sees through spelling.
            models.CheckConstraint(
                name="accounts_user_email_is_lower",
                condition=models.Q(email=Lower("email")),
            ),
            models.CheckConstraint(
                name="accounts_user_superuser_is_staff",
                condition=models.Q(is_superuser=False) | models.Q(is_staff=True),
            ),
        ]

    def __str__(self) -> str:
        return self.email
