"""Sign-in leftovers go: spent credentials and sessions that are over, in both realms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.sessions.models import Session

from accounts.models import ConsoleSession, LoginLink

if TYPE_CHECKING:
    from datetime import datetime

BATCH = 5_000
# Long enough to answer "I never got a mail".
KEEP_LINKS = timedelta(days=30)


def prune_next(*, now: datetime) -> bool:
    """Delete one batch; False when nothing is left. A session row is made by every visitor
    who opens a form, so these tables would otherwise grow for ever."""
    for rows in (
        Session.objects.filter(expire_date__lt=now),
        ConsoleSession.objects.filter(expire_date__lt=now),
        LoginLink.objects.filter(expires_at__lt=now - KEEP_LINKS),
    ):
        keys = list(rows.values_list("pk", flat=True)[:BATCH])
        if keys:
            rows.model.objects.filter(pk__in=keys).delete()
            return True
    return False
