"""One credential for signing in: a link and a code from the same mail, one use, 15 minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from datetime import datetime

LIFETIME = timedelta(minutes=15)
CODE_ATTEMPTS = 5


class LinkPurpose(models.TextChoices):
    SIGN_IN = "sign_in"
    CONFIRM = "confirm", "confirm address"
    CHANGE = "change", "change address"


class LoginLinkQuerySet(models.QuerySet["LoginLink"]):
    def open(self, *, now: datetime) -> LoginLinkQuerySet:
        """Links that can still be used. Operators never sign in by mail, and a link to an
        address that the person has since left is worthless."""
        return self.filter(
            used_at=None, expires_at__gt=now, user__is_active=True, user__is_staff=False
        ).filter(models.Q(purpose=LinkPurpose.CHANGE) | models.Q(email=models.F("user__email")))

    def spend(self, *, now: datetime) -> int:
        """Use up the selected links; the count says whether this caller was first."""
        return self._guarded(used_at=None, expires_at__gt=now).update(used_at=now)

    def count_try(self) -> int:
        """Count a try at the code of the selected links; 0 when there is none left."""
        guarded = self._guarded(attempts__lt=CODE_ATTEMPTS)
        return guarded.update(attempts=models.F("attempts") + 1)

    def _guarded(self, **guard: object) -> LoginLinkQuerySet:
        """The selected links, with a guard that an UPDATE asks again of the row it waited for.

        `open` joins the person, which puts the whole selection into a subquery, and Postgres
        does not look at a subquery a second time.
        """
        return type(self)(self.model).filter(pk__in=self.values("pk"), **guard)


class LoginLink(models.Model):
    """Only hashes of the link's token and of the code are stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_links"
    )
    # Where the mail went: the proven address once it is used.
    email = models.EmailField(max_length=254)
    purpose = models.CharField(
        max_length=10, choices=LinkPurpose.choices, default=LinkPurpose.SIGN_IN
    )
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = LoginLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_loginlink_purpose",
                condition=models.Q(purpose__in=LinkPurpose.values),
            ),
            models.CheckConstraint(
                name="accounts_loginlink_email_is_lower",
                condition=models.Q(email=models.functions.Lower("email")),
            ),
        ]
        indexes = [
            # Read by the pruning of old links.
            models.Index(fields=["expires_at"], name="accounts_loginlink_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"
