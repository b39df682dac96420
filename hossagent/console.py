"""What the console's pages of all apps share: lists, permissions, ages and pills."""

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


# Rows named for one reason; the others are counted.
MOST_NAMED = 5


class ConsoleAdmin(Base):
    """Lists that stay fast on large tables. Rows change only through services."""

    list_per_page = 50
    show_full_result_count = False
    # Services create and end rows. A page that may do more says so.
    may_add = False
    may_change = False
    may_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every operator may view; each change asks for its own permission."""
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
    """`2 hours` since `moment` or `in 2 hours` until it; a dash for none."""
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
    """Do something to each chosen row, and tell the operator the result.

    `do` returns an empty string when it is done, else a sentence that says why not.
    Raises `PermissionDenied` for an operator without `permission`.
    """
    require_permission(request, permission)
    updated = 0
    failed: dict[str, list[str]] = {}
    for row in rows:
        if why_not := do(row):
            failed.setdefault(why_not, []).append(str(row))
        else:
            updated += 1
    if updated:
        messages.success(request, f"{updated} updated.")
    for why_not, names in failed.items():
        for name in names[:MOST_NAMED]:
            messages.error(request, f"{name}: {why_not}")
        if len(names) > MOST_NAMED:
            more = len(names) - MOST_NAMED
            messages.error(request, f"{more} more failed for the same reason.")


def require_permission(request: HttpRequest, permission: str) -> None:
    """Raises `PermissionDenied` with a sentence for an operator who may only view."""
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"You can view this page. To change it, you need {permission}.")
