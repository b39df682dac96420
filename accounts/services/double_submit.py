"""A double click on a button that signs in submits its form twice. The second submit finds
the link, code or invitation spent, and leads where the first one led.

It opens nothing. The browser is shown the session that its own first submit has opened, for
a minute, and only while that session is alive. It is known by that session's cookie, or,
when it did not wait for the first answer, by the cookie that it came with: that key is dead
from then on and only says which session has replaced it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.models import Session

from hossagent.lib.signing import hash_token

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

WINDOW = timedelta(minutes=1)
OPENED_BY = "opened_by"
REPLACED_BY = "replaced_by_session"


@dataclass(frozen=True, slots=True)
class Opening:
    """The address whose form opened a session (hashed: it may hold a token), when, and where
    the browser was sent."""

    path_hash: str
    opened_at: str
    leads_to: str

    def is_repeated_by(self, path: str, *, now: datetime) -> bool:
        opened_at = datetime.fromisoformat(self.opened_at)
        return self.path_hash == hash_token(path) and now < opened_at + WINDOW


def remember_first_submit(
    *, path: str, session: SessionBase, came_with: str | None, leads_to: str, now: datetime
) -> None:
    """Save what a double submit needs in the `session` that a form at `path` has just opened,
    and under the key that the browser `came_with`.

    Call it in the transaction that spends the link or code: whoever finds that spent then
    finds this, too.
    """
    session[OPENED_BY] = asdict(Opening(hash_token(path), now.isoformat(), leads_to))
    session.save()
    if came_with and came_with != session.session_key:
        Session.objects.save(came_with, {REPLACED_BY: session.session_key}, now + WINDOW)


def find_first_submit(*, came_with: Any, path: str, now: datetime) -> tuple[Any, str] | None:
    """The session that the form at `path` opened in the browser whose session is
    `came_with`, and where it led; None when there is none, or not any more.

    Whether its person may still come in is for the caller to ask.
    """
    # Read anew: the request's own copy may be older than the first submit.
    session = _stored(came_with, came_with.session_key)
    if replacement := session.get(REPLACED_BY):
        session = _stored(came_with, replacement)
    stored = session.get(OPENED_BY)
    if not stored or not Opening(**stored).is_repeated_by(path, now=now):
        return None
    return session, stored["leads_to"]


def _stored(like: Any, key: str | None) -> Any:
    return type(like)(key)
