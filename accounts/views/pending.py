"""The browser's memory of the mail it asked for: which link may skip the button here, and
how often its code was tried. The same for addresses that we do not know."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models.login_link import CODE_ATTEMPTS, LIFETIME

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import LoginLink

SESSION_KEY = "pending_link"


@dataclass(slots=True)
class Pending:
    email: str
    asked_at: str
    link_id: int | None = None
    tries: int = 0
    next_url: str = ""

    def is_alive(self, *, now: datetime) -> bool:
        """The code may still be tried, as far as this browser can know."""
        asked = datetime.fromisoformat(self.asked_at)
        return now < asked + LIFETIME and self.tries < CODE_ATTEMPTS


def remember(
    request: HttpRequest, *, email: str, link: LoginLink | None, now: datetime, next_url: str = ""
) -> None:
    request.session[SESSION_KEY] = asdict(
        Pending(
            email=email,
            asked_at=now.isoformat(),
            link_id=None if link is None else link.pk,
            next_url=next_url,
        )
    )


def recall(request: HttpRequest) -> Pending | None:
    stored = request.session.get(SESSION_KEY)
    return Pending(**stored) if stored else None


def count_try(request: HttpRequest, pending: Pending) -> None:
    pending.tries += 1
    request.session[SESSION_KEY] = asdict(pending)


def forget(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
