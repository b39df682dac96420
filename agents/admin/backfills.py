"""The console's list of backfills, and their two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.backfills.errors import NoSuchBackfill
from agents.backfills.services import control
from agents.models import Backfill
from hossagent.admin_site import register_page
from hossagent.console import ConsoleAdmin, require_permission, status_pill
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERMISSION = "agents.change_backfill"


@admin.register(Backfill)
class BackfillAdmin(ConsoleAdmin):
    list_display = ("name", "state", "done", "total", "started_at", "finished_at", "error")
    list_filter = ("status",)
    search_fields = ("name",)
    ordering = ("-pk",)

    @admin.display(description="status")
    def state(self, backfill: Backfill) -> str:
        return status_pill(backfill.status)


@require_POST
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Stop a backfill after the batch in hand."""
    require_permission(request, PERMISSION)
    try:
        if control.pause(name, by=actor(request), now=clock.now()):
            messages.success(request, f"The backfill {name} is paused.")
        else:
            messages.info(request, f"The backfill {name} is not running.")
    except NoSuchBackfill as error:
        raise Http404(str(error)) from error
    return HttpResponseRedirect(reverse("admin:index"))


@require_POST
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Let a backfill go on where it stopped."""
    require_permission(request, PERMISSION)
    try:
        if control.resume(name, by=actor(request), now=clock.now()):
            messages.success(request, f"The backfill {name} goes on.")
        else:
            messages.info(request, f"The backfill {name} is running already.")
    except NoSuchBackfill as error:
        raise Http404(str(error)) from error
    return HttpResponseRedirect(reverse("admin:index"))


register_page(route="backfill/<slug:name>/pause/", view=pause, name="pause_backfill")
register_page(route="backfill/<slug:name>/continue/", view=resume, name="continue_backfill")
