"""What the admin pages of all apps share: rows to look at, and how old they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.utils.html import format_html
from django.utils.timesince import timesince

from hossagent.lib.tones import Tone, tone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.http import HttpRequest

    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


MOST_SENTENCES = 5


class ConsoleAdmin(Base):
    """Lists that stay quick on large tables; rows change through services alone."""

    list_per_page = 50
    show_full_result_count = False
    # Services create and end rows; pages that may do more say so.
    may_add = False
    may_change = False
    may_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every operator may look; what changes something asks for its own permission."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)


def age(moment: datetime | None, *, now: datetime) -> str:
    """`2 hours` since (or until) `moment`, one unit; a dash for none."""
    if moment is None:
        return "-"
    if moment > now:
        return f"in {timesince(now, moment, depth=1)}"
    return timesince(moment, now, depth=1)


def pill(word: str, tone: Tone = Tone.NEUTRAL) -> str:
    """A word in a frame of the tone's color."""
    return format_html('<span class="pill {}">{}</span>', tone, word)


def status_pill(status: object, *, tone: str = "") -> str:
    """A status, or the word that a row stores for one, in the color of its tone.

    `tone` replaces it where more is known than the status says.
    """
    return pill(str(status).replace("_", " "), Tone(tone) if tone else tone_of(status))


def act_on_each(
    request: HttpRequest,
    rows: Iterable[Any],
    *,
    permission: str,
    do: Callable[[Any], str],
) -> None:
    """Do something to each chosen row and tell the operator what came of it.

    `do` returns an empty string when it was done, else a sentence that says why not.
    Raises `PermissionDenied` for an operator without `permission`.
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"You may look, but this needs the permission {permission}.")
    done, refused = 0, []
    for row in rows:
        if why_not := do(row):
            refused.append(f"{row}: {why_not}")
        else:
            done += 1
    if done:
        messages.success(request, f"Done for {done} row{'' if done == 1 else 's'}.")
    for sentence in refused[:MOST_SENTENCES]:
        messages.error(request, sentence)
    if len(refused) > MOST_SENTENCES:
        messages.error(request, f"... and {len(refused) - MOST_SENTENCES} more, alike.")
